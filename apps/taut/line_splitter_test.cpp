// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "line_splitter.hpp"

namespace tautline::taut {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> lines(LineSplitter& splitter) {
    std::vector<std::string> found;
    while (const auto line = splitter.next()) found.emplace_back(*line);
    return found;
}

TEST(LineSplitter, CutsAtLineFeeds) {
    LineSplitter splitter;

    splitter.feed("a\nbc\n");

    EXPECT_THAT(lines(splitter), ElementsAre("a", "bc"));
}

TEST(LineSplitter, ALineMayBeEmpty) {
    LineSplitter splitter;

    splitter.feed("\n\n");

    EXPECT_THAT(lines(splitter), ElementsAre("", ""));
}

TEST(LineSplitter, TheCarriageReturnBeforeALineFeedBelongsToTheEnd) {
    LineSplitter splitter;

    splitter.feed("a\r\nb\rc\n");

    EXPECT_THAT(lines(splitter), ElementsAre("a", "b\rc"));
}

TEST(LineSplitter, HalfALineWaits) {
    LineSplitter splitter;

    splitter.feed("a\nb");

    EXPECT_THAT(lines(splitter), ElementsAre("a"));
    EXPECT_FALSE(splitter.finished());
}

TEST(LineSplitter, TheEndCompletesTheLastLine) {
    LineSplitter splitter;

    splitter.feed("a\nb");
    splitter.end();

    EXPECT_THAT(lines(splitter), ElementsAre("a", "b"));
    EXPECT_TRUE(splitter.finished());
}

TEST(LineSplitter, ALineFeedAtTheEndBeginsNoLine) {
    LineSplitter splitter;

    splitter.feed("a\n");
    splitter.end();

    EXPECT_THAT(lines(splitter), ElementsAre("a"));
    EXPECT_TRUE(splitter.finished());
}

TEST(LineSplitter, NothingHasNoLines) {
    LineSplitter splitter;

    splitter.end();

    EXPECT_THAT(lines(splitter), IsEmpty());
    EXPECT_TRUE(splitter.finished());
}

TEST(LineSplitter, EverySplitInTwoGivesTheSameLines) {
    const std::string text = "one\r\n\ntwo\nthree";
    for (std::size_t at = 0; at <= text.size(); ++at) {
        LineSplitter splitter;
        std::vector<std::string> found;

        splitter.feed(text.substr(0, at));
        for (auto& line : lines(splitter)) found.push_back(line);
        splitter.feed(text.substr(at));
        splitter.end();
        for (auto& line : lines(splitter)) found.push_back(line);

        EXPECT_THAT(found, ElementsAre("one", "", "two", "three")) << "split at " << at;
    }
}

TEST(LineSplitter, ALineWithoutEndOverTheLimitIsTooLong) {
    LineSplitter splitter(4);

    splitter.feed("ok\n12345");
    EXPECT_FALSE(splitter.too_long()) << "not looked at yet";

    EXPECT_THAT(lines(splitter), ElementsAre("ok"));
    EXPECT_TRUE(splitter.too_long());
}

TEST(LineSplitter, ALineOfTheLimitIsNotTooLong) {
    LineSplitter splitter(4);

    splitter.feed("1234");

    EXPECT_THAT(lines(splitter), IsEmpty());
    EXPECT_FALSE(splitter.too_long());
}

}  // namespace
}  // namespace tautline::taut
