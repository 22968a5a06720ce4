// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/parameters.hpp>

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tautline::deflate {
namespace {

std::optional<std::string> answer_to(std::string_view offer, const Options& options = {}) {
    const auto answer = accept_offer(offer, options);
    if (!answer) return std::nullopt;
    return answer->field_value;
}

Parameters agreed_on(std::string_view offer, const Options& options = {}) {
    const auto answer = accept_offer(offer, options);
    EXPECT_TRUE(answer.has_value());
    return answer ? answer->parameters : Parameters{};
}

std::optional<AnswerError> error_of(std::string_view answer, const Options& options = {}) {
    const auto read = read_answer(answer, options);
    if (read) return std::nullopt;
    return read.error();
}

Parameters read_from(std::string_view answer, const Options& options = {}) {
    const auto read = read_answer(answer, options);
    EXPECT_TRUE(read.has_value() && read->has_value());
    return read && *read ? **read : Parameters{};
}

TEST(DeflateOptions, AreUsableByDefault) { EXPECT_TRUE(is_usable(Options{})); }

TEST(DeflateOptions, AreUsableWithinTheirRangesOnly) {
    EXPECT_TRUE(is_usable({.server_max_window_bits = 9, .client_max_window_bits = 9}));
    EXPECT_FALSE(is_usable({.server_max_window_bits = 8}));
    EXPECT_FALSE(is_usable({.server_max_window_bits = 16}));
    EXPECT_FALSE(is_usable({.client_max_window_bits = 8}));
    EXPECT_FALSE(is_usable({.client_max_window_bits = 16}));
    EXPECT_TRUE(is_usable({.level = 0, .memory_level = 1}));
    EXPECT_TRUE(is_usable({.level = 9, .memory_level = 9}));
    EXPECT_FALSE(is_usable({.level = -1}));
    EXPECT_FALSE(is_usable({.level = 10}));
    EXPECT_FALSE(is_usable({.memory_level = 0}));
    EXPECT_FALSE(is_usable({.memory_level = 10}));
}

TEST(DeflateOptionsDeathTest, OutOfRangeStopTheProgram) {
    const Options bad{.level = 10};

    EXPECT_DEATH(static_cast<void>(write_offer(bad)), "contract broken");
    EXPECT_DEATH(static_cast<void>(accept_offer("x", bad)), "contract broken");
    EXPECT_DEATH(static_cast<void>(read_answer("x", bad)), "contract broken");
}

TEST(DeflateOffer, LetsTheServerChooseTheWindowOfTheClient) {
    EXPECT_EQ(write_offer({}), "permessage-deflate; client_max_window_bits");
}

TEST(DeflateOffer, NamesEveryWishThatIsNotTheDefault) {
    const Options options{.server_no_context_takeover = true,
                          .client_no_context_takeover = true,
                          .server_max_window_bits = 9,
                          .client_max_window_bits = 10};

    EXPECT_EQ(write_offer(options),
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
              "server_max_window_bits=9; client_max_window_bits=10");
}

TEST(DeflateAcceptOffer, AnswersThePlainOfferPlainly) {
    EXPECT_EQ(answer_to("permessage-deflate"), "permessage-deflate");
    EXPECT_EQ(agreed_on("permessage-deflate"), Parameters{});
}

TEST(DeflateAcceptOffer, DeclinesWhatIsNoOffer) {
    EXPECT_EQ(answer_to(""), std::nullopt);
    EXPECT_EQ(answer_to("permessage-deflate;"), std::nullopt);
    EXPECT_EQ(answer_to("x-webkit-deflate-frame"), std::nullopt);
    EXPECT_EQ(answer_to("Permessage-deflate2"), std::nullopt);
}

// RFC 7692 sections 7.1.1.1 and 7.1.1.2: a request is accepted by repeating it.
TEST(DeflateAcceptOffer, RepeatsTheFlagsOfTheClient) {
    EXPECT_EQ(answer_to("permessage-deflate; client_no_context_takeover; "
                        "server_no_context_takeover"),
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
}

TEST(DeflateAcceptOffer, AddsTheFlagsOfTheServer) {
    const Options options{.server_no_context_takeover = true, .client_no_context_takeover = true};

    EXPECT_EQ(answer_to("permessage-deflate", options),
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    EXPECT_EQ(agreed_on("permessage-deflate", options),
              (Parameters{.server_no_context_takeover = true, .client_no_context_takeover = true}));
}

// RFC 7692 section 7.1.2.1: the same limit or a smaller one.
TEST(DeflateAcceptOffer, KeepsTheSmallerWindowOfTheServer) {
    const Options options{.server_max_window_bits = 11};

    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=12", options),
              "permessage-deflate; server_max_window_bits=11");
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=10", options),
              "permessage-deflate; server_max_window_bits=10");
    EXPECT_EQ(answer_to("permessage-deflate", options),
              "permessage-deflate; server_max_window_bits=11");
}

TEST(DeflateAcceptOffer, RepeatsAServerWindowOf15ThatWasAskedFor) {
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=15"),
              "permessage-deflate; server_max_window_bits=15");
}

TEST(DeflateAcceptOffer, DeclinesAServerWindowOf8AndTakesTheNextOffer) {
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=8"), std::nullopt);
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=8, permessage-deflate"),
              "permessage-deflate");
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=9"),
              "permessage-deflate; server_max_window_bits=9");
}

TEST(DeflateAcceptOffer, ChoosesTheWindowOfAClientThatLeavesItOpen) {
    EXPECT_EQ(answer_to("permessage-deflate; client_max_window_bits"), "permessage-deflate");
    EXPECT_EQ(
        answer_to("permessage-deflate; client_max_window_bits", {.client_max_window_bits = 10}),
        "permessage-deflate; client_max_window_bits=10");
}

TEST(DeflateAcceptOffer, KeepsTheSmallerWindowOfTheClient) {
    const Options options{.client_max_window_bits = 11};

    EXPECT_EQ(answer_to("permessage-deflate; client_max_window_bits=12", options),
              "permessage-deflate; client_max_window_bits=11");
    EXPECT_EQ(agreed_on("permessage-deflate; client_max_window_bits=10", options),
              (Parameters{.client_max_window_bits = 10}));
}

TEST(DeflateAcceptOffer, AgreesToAClientWindowOf8) {
    EXPECT_EQ(answer_to("permessage-deflate; client_max_window_bits=8"),
              "permessage-deflate; client_max_window_bits=8");
}

// RFC 7692 section 7.1.2.2.
TEST(DeflateAcceptOffer, NeverLimitsAClientThatDidNotNameTheParameter) {
    const Options options{.client_max_window_bits = 9};

    EXPECT_EQ(answer_to("permessage-deflate", options), "permessage-deflate");
    EXPECT_EQ(agreed_on("permessage-deflate", options).client_max_window_bits, 15);
}

// RFC 7692 section 5.1: offers are declined one by one.
TEST(DeflateAcceptOffer, TakesTheFirstOfferThatItCanAccept) {
    EXPECT_EQ(answer_to("foo; a=1, permessage-deflate; bar, "
                        "permessage-deflate; server_max_window_bits=10, permessage-deflate"),
              "permessage-deflate; server_max_window_bits=10");
}

TEST(DeflateAcceptOffer, ReadsQuotedValues) {
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=\"10\""),
              "permessage-deflate; server_max_window_bits=10");
}

// Row H06: each of these offers is declined, alone, and the connection goes on.
class BadParameter : public ::testing::TestWithParam<const char*> {};

TEST_P(BadParameter, H06_DeclinesTheOfferAndOnlyIt) {
    const std::string offer = std::string("permessage-deflate; ") + GetParam();

    EXPECT_EQ(answer_to(offer), std::nullopt);
    EXPECT_EQ(answer_to(offer + ", permessage-deflate"), "permessage-deflate");
}

TEST_P(BadParameter, H06_FailsTheAnswer) {
    const std::string answer = std::string("permessage-deflate; ") + GetParam();

    EXPECT_EQ(error_of(answer), AnswerError::bad_parameter);
}

INSTANTIATE_TEST_SUITE_P(
    DeflateParameters, BadParameter,
    ::testing::Values(
        "server_max_window_bits=0", "server_max_window_bits=7", "server_max_window_bits=16",
        "server_max_window_bits=99999999999", "server_max_window_bits=-10",
        "server_max_window_bits=+10", "server_max_window_bits=010", "server_max_window_bits=1",
        "server_max_window_bits=0x9", "server_max_window_bits=10.0", "server_max_window_bits",
        "client_max_window_bits=0", "client_max_window_bits=7", "client_max_window_bits=16",
        "client_max_window_bits=08", "server_no_context_takeover=1",
        "client_no_context_takeover=true", "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits=10; server_max_window_bits=10",
        "client_max_window_bits=10; client_max_window_bits=11",
        "client_max_window_bits; client_max_window_bits", "__proto__", "constructor=1", "unknown",
        "SERVER_MAX_WINDOW_BITS=10"));

TEST(DeflateAcceptOffer, H06_DeclinesEmptyQuotedValuesWithTheWholeField) {
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=\"\", permessage-deflate"),
              std::nullopt);
}

TEST(DeflateReadAnswer, TakesNoAnswerAsNoCompression) {
    const auto read = read_answer("", {});

    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, std::nullopt);
}

TEST(DeflateReadAnswer, ReadsThePlainAnswer) {
    EXPECT_EQ(read_from("permessage-deflate"), Parameters{});
}

TEST(DeflateReadAnswer, ReadsEveryParameter) {
    EXPECT_EQ(read_from("permessage-deflate; server_no_context_takeover; "
                        "client_no_context_takeover; server_max_window_bits=8; "
                        "client_max_window_bits=9"),
              (Parameters{.server_no_context_takeover = true,
                          .client_no_context_takeover = true,
                          .server_max_window_bits = 8,
                          .client_max_window_bits = 9}));
}

TEST(DeflateReadAnswer, AgreesToAClientWindowOf8) {
    EXPECT_EQ(read_from("permessage-deflate; client_max_window_bits=8").client_max_window_bits, 8);
}

TEST(DeflateReadAnswer, RefusesWhatIsNotTheGrammar) {
    EXPECT_EQ(error_of("permessage-deflate;"), AnswerError::malformed);
    EXPECT_EQ(error_of(","), AnswerError::malformed);
    EXPECT_EQ(error_of("permessage-deflate; server_max_window_bits=\"\""), AnswerError::malformed);
}

TEST(DeflateReadAnswer, H07_RefusesTwoAnswers) {
    EXPECT_EQ(error_of("permessage-deflate, permessage-deflate"), AnswerError::not_offered);
}

TEST(DeflateReadAnswer, H07_RefusesAnExtensionThatWasNotOffered) {
    EXPECT_EQ(error_of("foo"), AnswerError::not_offered);
    EXPECT_EQ(error_of("permessage-deflate, foo"), AnswerError::not_offered);
}

// RFC 7692 section 7.1.1.1.
TEST(DeflateReadAnswer, RefusesALostRequestForNoContextTakeover) {
    const Options options{.server_no_context_takeover = true};

    EXPECT_EQ(error_of("permessage-deflate", options), AnswerError::bad_parameter);
    EXPECT_EQ(error_of("permessage-deflate; server_no_context_takeover", options), std::nullopt);
}

// RFC 7692 section 7.1.2.1.
TEST(DeflateReadAnswer, RefusesAServerWindowLargerThanAskedFor) {
    const Options options{.server_max_window_bits = 10};

    EXPECT_EQ(error_of("permessage-deflate; server_max_window_bits=9", options), std::nullopt);
    EXPECT_EQ(error_of("permessage-deflate; server_max_window_bits=10", options), std::nullopt);
    EXPECT_EQ(error_of("permessage-deflate; server_max_window_bits=11", options),
              AnswerError::bad_parameter);
    EXPECT_EQ(error_of("permessage-deflate", options), AnswerError::bad_parameter);
}

// RFC 7692 section 7.1.2.2.
TEST(DeflateReadAnswer, RefusesAClientWindowLargerThanOffered) {
    const Options options{.client_max_window_bits = 10};

    EXPECT_EQ(error_of("permessage-deflate; client_max_window_bits=10", options), std::nullopt);
    EXPECT_EQ(error_of("permessage-deflate; client_max_window_bits=11", options),
              AnswerError::bad_parameter);
}

TEST(DeflateReadAnswer, H06_RefusesAClientWindowWithoutAValue) {
    EXPECT_EQ(error_of("permessage-deflate; client_max_window_bits"), AnswerError::bad_parameter);
}

TEST(DeflateReadAnswer, KeepsTheClientsOwnWishesThatTheServerDidNotRepeat) {
    const Options options{.client_no_context_takeover = true, .client_max_window_bits = 10};

    EXPECT_EQ(read_from("permessage-deflate", options),
              (Parameters{.client_no_context_takeover = true, .client_max_window_bits = 10}));
}

TEST(DeflateParameters, AreTheSameOnBothSidesForEveryPairOfWindows) {
    for (int client = 9; client <= 15; ++client) {
        for (int server = 9; server <= 15; ++server) {
            const Options asked{.server_max_window_bits = client, .client_max_window_bits = client};
            const Options given{.server_no_context_takeover = true,
                                .server_max_window_bits = server,
                                .client_max_window_bits = server};

            const auto answer = accept_offer(write_offer(asked), given);

            ASSERT_TRUE(answer.has_value());
            EXPECT_EQ(read_from(answer->field_value, asked), answer->parameters);
        }
    }
}

}  // namespace
}  // namespace tautline::deflate
