// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/closing.hpp>

#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/describe.hpp>

#include <tautline/base/error.hpp>

namespace tautline::websocket {
namespace {

using namespace std::chrono_literals;
using State = Closing::State;
using Cause = Closing::Cause;
using Trace = std::vector<std::string>;

constexpr Instant kStart{};
constexpr Instant kDeadline = kStart + 10s;

constexpr std::array kStates{std::pair{State::open, "open"},
                             std::pair{State::close_sent, "close_sent"},
                             std::pair{State::ended, "ended"}};
constexpr std::array kCauses{std::pair{Cause::send_close, "send_close"},
                             std::pair{Cause::receive_close, "receive_close"},
                             std::pair{Cause::end_stream, "end_stream"},
                             std::pair{Cause::give_up, "give_up"}, std::pair{Cause::fail, "fail"}};

Trace events_of(Closing& closing) {
    Trace trace;
    while (const auto event = closing.poll_event()) trace.push_back(test::describe(*event));
    return trace;
}

TEST(Closing, HasExactlyTheseEdgesForEveryPairOfStateAndCause) {
    std::string graph;
    for (const auto& [from, from_name] : kStates) {
        for (const auto& [cause, cause_name] : kCauses) {
            const auto next = Closing::next_state(from, cause);
            if (!next) continue;
            graph += std::string(from_name) + " -> " +
                     kStates[static_cast<std::size_t>(*next)].second + " [" + cause_name + "]\n";
        }
    }
    EXPECT_EQ(graph,
              "open -> close_sent [send_close]\n"
              "open -> ended [receive_close]\n"
              "open -> ended [end_stream]\n"
              "open -> ended [fail]\n"
              "close_sent -> ended [receive_close]\n"
              "close_sent -> ended [end_stream]\n"
              "close_sent -> ended [give_up]\n"
              "close_sent -> ended [fail]\n");
}

TEST(Closing, BeginsOpenWithoutADeadlineAndWithoutEvents) {
    Closing closing;

    EXPECT_TRUE(closing.open());
    EXPECT_FALSE(closing.has_event());
    EXPECT_EQ(closing.deadline(), std::nullopt);
    EXPECT_EQ(closing.poll_event(), std::nullopt);
}

TEST(Closing, TellsThatWeBegan) {
    Closing closing;

    closing.send_close({CloseCode::going_away, "later"}, kDeadline);

    EXPECT_EQ(closing.state(), State::close_sent);
    EXPECT_EQ(closing.deadline(), kDeadline);
    EXPECT_EQ(events_of(closing), (Trace{"closing 1001"}));
    EXPECT_FALSE(closing.has_event());
}

TEST(Closing, IsCleanWhenThePeerAnswers) {
    Closing closing;
    closing.send_close({CloseCode::going_away, "later"}, kDeadline);

    closing.receive_close({CloseCode::normal, "fine"}, kDeadline);

    EXPECT_TRUE(closing.ended());
    EXPECT_EQ(events_of(closing), (Trace{"closing 1001", "closed 1000 \"fine\" clean"}));
}

TEST(Closing, KeepsOurReasonWhenThePeerOnlyRepeatsOurCode) {
    Closing closing;
    closing.send_close({CloseCode{4000}, "bye"}, kDeadline);

    closing.receive_close({CloseCode{4000}, {}}, kDeadline);

    EXPECT_EQ(events_of(closing), (Trace{"closing 4000", "closed 4000 \"bye\" clean"}));
}

TEST(Closing, TellsOurCodeFirstAlsoWhenTheAnswerCameMeanwhile) {
    Closing closing;
    closing.send_close({CloseCode{4000}, "bye"}, kDeadline);
    closing.receive_close({CloseCode{4001}, {}}, kDeadline);

    EXPECT_EQ(events_of(closing), (Trace{"closing 4000", "closed 4001 \"\" clean"}));
}

TEST(Closing, IsCleanAndOfThePeerWhenThePeerBegan) {
    Closing closing;

    closing.receive_close({CloseCode{4000}, "bye"}, kDeadline);

    EXPECT_EQ(events_of(closing), (Trace{"closing 4000 peer", "closed 4000 \"bye\" clean peer"}));
}

TEST(Closing, KeepsItsFirstDeadlineBecauseItIsATotal) {
    Closing closing;
    closing.send_close({CloseCode::normal, {}}, kDeadline);

    closing.receive_close({CloseCode::normal, {}}, kDeadline + 5s);

    EXPECT_EQ(closing.deadline(), kDeadline);
}

TEST(Closing, IsAbnormalWhenTheStreamEndsWithoutAClose) {
    Closing closing;

    closing.end_stream(TransportError::closed_early, kDeadline);

    EXPECT_EQ(events_of(closing), (Trace{"closed 1006 \"\" closed_early"}));
}

TEST(Closing, KeepsOurCodeWhenTheStreamEndsBeforeTheAnswer) {
    Closing closing;
    closing.send_close({CloseCode::normal, "bye"}, kDeadline);

    closing.end_stream(TransportError::closed_early, kDeadline);

    EXPECT_EQ(events_of(closing), (Trace{"closing 1000", "closed 1000 \"bye\" closed_early"}));
}

TEST(Closing, GivesUpOnAPeerThatDoesNotAnswer) {
    Closing closing;
    closing.send_close({CloseCode::normal, {}}, kDeadline);

    closing.give_up(TransportError::close_timeout);

    EXPECT_EQ(events_of(closing), (Trace{"closing 1000", "closed 1000 \"\" close_timeout"}));
}

TEST(Closing, TellsAFailureWithoutAClosingHandshake) {
    Closing closing;

    closing.fail({CloseCode::internal_error, "oops"}, TransportError::ping_timeout, kDeadline);

    EXPECT_EQ(events_of(closing), (Trace{"closed 1011 \"oops\" ping_timeout"}));
}

TEST(Closing, TellsItsEndOnce) {
    Closing closing;
    closing.fail({CloseCode::internal_error, {}}, {}, kDeadline);
    EXPECT_FALSE(closing.end_told());

    EXPECT_EQ(events_of(closing).size(), 1U);

    EXPECT_TRUE(closing.end_told());
    EXPECT_TRUE(events_of(closing).empty());
}

TEST(ClosingDeath, StopsTheProgramOnAnEdgeThatIsNotInThePicture) {
    Closing closing;
    EXPECT_DEATH(closing.give_up(TransportError::close_timeout), "contract broken");
}

}  // namespace
}  // namespace tautline::websocket
