// SPDX-License-Identifier: MIT
#include <tautline/proto/http/extension_list.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tautline::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;
using ::testing::SizeIs;

// Reads a copy that ends where its heap block ends.
std::optional<std::vector<Extension>> read(std::string_view text) {
    const std::vector<char> exact(text.begin(), text.end());
    return read_extension_list({exact.data(), exact.size()});
}

Extension extension(std::string name, std::vector<ExtensionParameter> parameters = {}) {
    return {.name = std::move(name), .parameters = std::move(parameters)};
}

TEST(ExtensionList, ReadsAName) {
    EXPECT_THAT(read("permessage-deflate"), Optional(ElementsAre(extension("permessage-deflate"))));
}

TEST(ExtensionList, ReadsParametersWithAndWithoutValues) {
    EXPECT_THAT(
        read("foo; a; b=1; c=\"2\""),
        Optional(ElementsAre(extension("foo", {{"a", std::nullopt}, {"b", "1"}, {"c", "2"}}))));
}

// RFC 6455 section 9.1, the examples.
TEST(ExtensionList, ReadsTheExamplesOfTheStandard) {
    EXPECT_THAT(read("foo, bar; baz=2"),
                Optional(ElementsAre(extension("foo"), extension("bar", {{"baz", "2"}}))));
    EXPECT_THAT(read("deflate-stream"), Optional(ElementsAre(extension("deflate-stream"))));
    EXPECT_THAT(read("mux; max-channels=4; flow-control, deflate-stream"),
                Optional(ElementsAre(
                    extension("mux", {{"max-channels", "4"}, {"flow-control", std::nullopt}}),
                    extension("deflate-stream"))));
    EXPECT_THAT(read("private-extension"), Optional(ElementsAre(extension("private-extension"))));
}

TEST(ExtensionList, AllowsBlanksBetweenAllParts) {
    EXPECT_THAT(
        read(" \tfoo\t; a = 1 ;b\t=\t\"2\" , bar "),
        Optional(ElementsAre(extension("foo", {{"a", "1"}, {"b", "2"}}), extension("bar"))));
}

TEST(ExtensionList, IgnoresEmptyElements) {
    EXPECT_THAT(read(",, foo ,,bar,"), Optional(ElementsAre(extension("foo"), extension("bar"))));
}

TEST(ExtensionList, RemovesEscapesFromQuotedValues) {
    EXPECT_THAT(read(R"(foo; a="\1\2")"), Optional(ElementsAre(extension("foo", {{"a", "12"}}))));
}

TEST(ExtensionList, KeepsRepeatedParametersForTheCallerToJudge) {
    EXPECT_THAT(
        read("foo; a; a"),
        Optional(ElementsAre(extension("foo", {{"a", std::nullopt}, {"a", std::nullopt}}))));
}

TEST(ExtensionList, RefusesAFieldThatNamesNothing) {
    EXPECT_EQ(read(""), std::nullopt);
    EXPECT_EQ(read(" , ,"), std::nullopt);
}

TEST(ExtensionList, RefusesAMissingName) {
    EXPECT_EQ(read("; a"), std::nullopt);
    EXPECT_EQ(read("=1"), std::nullopt);
    EXPECT_EQ(read("\"foo\""), std::nullopt);
}

TEST(ExtensionList, RefusesAMissingParameter) {
    EXPECT_EQ(read("foo;"), std::nullopt);
    EXPECT_EQ(read("foo; ; a"), std::nullopt);
    EXPECT_EQ(read("foo; =1"), std::nullopt);
}

TEST(ExtensionList, RefusesAMissingValue) {
    EXPECT_EQ(read("foo; a="), std::nullopt);
    EXPECT_EQ(read("foo; a=;b"), std::nullopt);
}

TEST(ExtensionList, RefusesWhatFollowsAValue) {
    EXPECT_EQ(read("foo; a=1 2"), std::nullopt);
    EXPECT_EQ(read("foo; a=\"1\"2"), std::nullopt);
    EXPECT_EQ(read("foo bar"), std::nullopt);
    EXPECT_EQ(read("foo=1"), std::nullopt);
}

TEST(ExtensionList, RefusesAQuotedValueThatIsNoToken) {
    EXPECT_EQ(read(R"(foo; a="")"), std::nullopt);
    EXPECT_EQ(read(R"(foo; a="1 2")"), std::nullopt);
    EXPECT_EQ(read(R"(foo; a="1,2")"), std::nullopt);
    EXPECT_EQ(read(R"(foo; a="\"")"), std::nullopt);
}

TEST(ExtensionList, RefusesAnUnfinishedQuotedValue) {
    EXPECT_EQ(read(R"(foo; a="1)"), std::nullopt);
    EXPECT_EQ(read(R"(foo; a="1\)"), std::nullopt);
}

TEST(ExtensionList, RefusesTheWholeFieldForOneBadElement) {
    EXPECT_EQ(read("foo, bar; , baz"), std::nullopt);
    EXPECT_EQ(read("foo, b\xc3\xa9"), std::nullopt);
}

TEST(ExtensionList, H05_TakesLinearTimeForLongRuns) {
    constexpr std::size_t kLength = 500'000;
    std::string parameters = "foo";
    for (std::size_t count = 0; count < kLength; ++count) parameters += ";a";

    EXPECT_EQ(read("b" + std::string(kLength, ' ') + "x"), std::nullopt);
    EXPECT_EQ(read("foo" + std::string(kLength, ';')), std::nullopt);
    EXPECT_EQ(read("foo; a=" + std::string(kLength, '"')), std::nullopt);
    EXPECT_EQ(read("foo; a=\"" + std::string(kLength, '\\')), std::nullopt);
    EXPECT_THAT(read("foo" + std::string(kLength, ',')), Optional(SizeIs(1)));
    EXPECT_THAT(read(parameters)->front().parameters, SizeIs(kLength));
}

}  // namespace
}  // namespace tautline::http
