// SPDX-License-Identifier: MIT
// Refusals whose body does not come, or not at once.
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/racing.hpp>
#include <tests/support/scripted_server.hpp>

#include <tautline/dial/body_reader.hpp>

namespace tautline::dial {
namespace {

using test::host;
using test::kGood;
using test::Racing;
using test::ScriptedServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

constexpr std::string_view kForbidden = "HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nabc";

void forbid(ScriptedServer::Peer& peer) {
    if (peer.asked()) peer.say(kForbidden);
}

struct Refused : Racing {
    // The first refuses when the second has been asked.
    void race_two() {
        first.emplace(loop, asio_endpoint(2), [](auto&) {});
        second.emplace(loop, asio_endpoint(3), [this](ScriptedServer::Peer& peer) {
            if (peer.asked()) first->peers.front().say(kForbidden);
        });
        begin({host(2), host(3)});
    }
    [[nodiscard]] bool sees_a_head() {
        return test::run_until(context, [this] { return story->answered.size() == 1; });
    }
    [[nodiscard]] bool second_hangs_up() {
        if (!sees_a_head()) return false;
        second->peers.front().stream->shut_down();
        return finish();
    }
    [[nodiscard]] int status() const {
        if (!result || *result || !result->error().refusal) return 0;
        return result->error().refusal->status;
    }
    std::optional<ScriptedServer> first;
    std::optional<ScriptedServer> second;
};

// A ticket that is good for one request: the older one is granted when the younger one is refused.
TEST(RaceRefusal, WaitsForAnAddressThatWasAskedBefore) {
    Refused racing;
    racing.first.emplace(racing.loop, racing.asio_endpoint(2), [](auto&) {});
    racing.second.emplace(racing.loop, racing.asio_endpoint(3), [](ScriptedServer::Peer& peer) {
        if (peer.asked()) peer.say("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    });
    racing.begin({host(2), host(3)});
    ASSERT_TRUE(racing.sees_a_head());

    racing.first->peers.front().accept();
    ASSERT_TRUE(racing.finish());

    EXPECT_TRUE(racing.result->has_value()) << racing.result->error().to_string();
}

TEST(RaceRefusal, IsToldWhenAnAddressThatWasAskedBeforeHangsUp) {
    Refused racing;
    racing.race_two();
    ASSERT_TRUE(racing.second_hangs_up());

    EXPECT_EQ(racing.status(), 403);
    EXPECT_EQ(racing.result->error().refusal->body, "abc");
}

TEST(RaceRefusal, DecidesTheRaceWhenItsHeadIsThere) {
    Refused racing;
    racing.network.attempt_delay = eyeballs::kMaxAttemptDelay;
    racing.first.emplace(racing.loop, racing.asio_endpoint(2), forbid);
    racing.begin({host(2), host(kGood)});

    ASSERT_TRUE(racing.finish());

    EXPECT_EQ(racing.status(), 403);
    EXPECT_EQ(racing.result->error().refusal->body, "abc");
    EXPECT_THAT(racing.story->asked, ElementsAre(1));
}

TEST(RaceRefusal, NamesTheAddressThatRefusedAndTheOtherAttempts) {
    Refused racing;
    racing.race_two();
    ASSERT_TRUE(racing.second_hangs_up());

    const Error& error = racing.result->error();
    EXPECT_EQ(error.endpoint,
              "example.test:" + std::to_string(racing.server.port) + " (127.0.0.2)");
    EXPECT_THAT(error.message, HasSubstr(". Tried: attempt 1 127.0.0.2:"));
    EXPECT_THAT(error.message, HasSubstr("; attempt 2 127.0.0.3:"));
}

TEST(RaceRefusal, OfAnAddressAloneIsToldAsItIs) {
    Refused racing;
    racing.first.emplace(racing.loop, racing.asio_endpoint(2), forbid);
    racing.begin({host(2)});
    ASSERT_TRUE(racing.finish());

    EXPECT_THAT(racing.result->error().message, Not(HasSubstr("Tried")));
}

TEST(RaceRefusal, ObserversHearWhoWasAskedAndWhoAnswered) {
    Refused racing;
    racing.race_two();
    ASSERT_TRUE(racing.second_hangs_up());

    EXPECT_THAT(racing.story->asked, ElementsAre(1, 2));
    EXPECT_THAT(racing.story->answered, ElementsAre(1));
}

TEST(RaceRefusal, IsNotLostAtTheDeadlineWhileItsBodyIsRead) {
    Refused racing;
    racing.within = kRefusalBodyTime - 100ms;
    racing.first.emplace(racing.loop, racing.asio_endpoint(2), forbid);
    racing.begin({host(2)});

    ASSERT_TRUE(racing.finish());

    EXPECT_EQ(racing.status(), 403) << racing.result->error().to_string();
}

TEST(RaceRefusal, LetsAnotherAddressWinWhereItMay) {
    Refused racing;
    racing.network.after_rejection = eyeballs::AfterRejection::try_next;
    racing.first.emplace(racing.loop, racing.asio_endpoint(2), forbid);
    racing.begin({host(2), host(kGood)});

    EXPECT_TRUE(racing.wins());
}

}  // namespace
}  // namespace tautline::dial
