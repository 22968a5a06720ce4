// SPDX-License-Identifier: MIT
// A server that is killed and started again while thousands of messages are on their way.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/post.hpp>
#include <gtest/gtest.h>
#include <tests/support/killable_server.hpp>
#include <tests/support/reconnecting.hpp>
#include <tests/support/run_until.hpp>

#include <tautline/client/reconnector.hpp>

namespace tautline::client {
namespace {

using test::KillableServer;
using test::ReconnectingLine;
using test::run_until;

constexpr int kMessages = 10'000;
constexpr int kKills = 5;
// What the server has received when it is killed the first time, and between two kills.
constexpr std::size_t kBetweenKills = 1000;

std::vector<int> numbers(const test::Texts& texts) {
    std::vector<int> numbers;
    for (const auto& text : texts) numbers.push_back(std::stoi(text));
    return numbers;
}

bool ordered_and_unique(const std::vector<int>& numbers) {
    return std::ranges::adjacent_find(numbers, std::greater_equal()) == numbers.end();
}

// Sends numbers as fast as they are taken, and kills the server again and again meanwhile.
struct Load {
    KillableServer server;
    std::unique_ptr<ReconnectingLine> line;
    int sent = 0;
    int kills = 0;
    bool down = false;
    std::size_t outages_before = 0;
    std::size_t kill_at = kBetweenKills;

    explicit Load(bool resend) {
        server.start();
        line = std::make_unique<ReconnectingLine>(test::loopback_url(server.port()));
        // Little is taken at once, so that the load lasts as long as the kills do.
        line->setup.options.max_kept_bytes = 64 * 1024;
        line->setup.options.resend_unconfirmed = resend;
        line->start();
    }

    void run() {
        pump();
        EXPECT_TRUE(run_until(line->context, [&] {
            return sent == kMessages && !down && line->sender.held_bytes() == 0;
        }));
        EXPECT_EQ(kills, kKills);
    }

    // Once in each turn of the loop.
    void pump() {
        for (int i = 0; i < 20 && sent < kMessages; ++i) {
            if (!line->sender.send(std::to_string(sent))) break;
            ++sent;
        }
        if (down) {
            start_again();
        } else if (kills < kKills && server.count() >= kill_at) {
            kill();
        }
        if (sent < kMessages || down) asio::post(line->context, [this] { pump(); });
    }
    void kill() {
        server.kill();
        ++kills;
        kill_at = server.count() + kBetweenKills;
        outages_before = line->outages.size();
        down = true;
    }
    // Not before it was missed, and called in vain.
    void start_again() {
        if (line->outages.size() < outages_before + 2) return;
        server.start();
        down = false;
    }
};

TEST(ReconnectorLoad, TellsExactlyWhatWasLostWhenAServerIsKilled) {
    Load load(false);
    load.run();
    const auto received = load.server.received();
    const auto lost = numbers(load.line->lost);
    EXPECT_TRUE(ordered_and_unique(received));
    EXPECT_TRUE(ordered_and_unique(lost));
    std::vector<bool> known(kMessages);
    for (const int number : received) known[static_cast<std::size_t>(number)] = true;
    for (const int number : lost) known[static_cast<std::size_t>(number)] = true;
    EXPECT_EQ(std::ranges::count(known, false), 0);
    EXPECT_LT(lost.size(), static_cast<std::size_t>(kMessages / 2));
}

TEST(ReconnectorLoad, LosesNothingWhenItSendsAgain) {
    Load load(true);
    load.run();
    EXPECT_TRUE(load.line->lost.empty());
    auto received = load.server.received();
    std::ranges::sort(received);
    const auto repeated = std::ranges::unique(received);
    received.erase(repeated.begin(), repeated.end());
    EXPECT_EQ(received.size(), static_cast<std::size_t>(kMessages));
}

TEST(ReconnectorLoad, GivesBackWhatWasNotSentWhenItIsStoppedInAnOutage) {
    Load load(false);
    load.pump();
    EXPECT_TRUE(run_until(load.line->context, [&] { return load.down; }));
    load.line->sender.stop();
    EXPECT_TRUE(run_until(load.line->context, [&] { return load.line->stopped.has_value(); }));
    auto all = load.server.received();
    const auto lost = numbers(load.line->lost);
    const auto kept = numbers(load.line->kept);
    EXPECT_TRUE(ordered_and_unique(kept));
    for (const int number : kept) EXPECT_FALSE(std::ranges::binary_search(all, number)) << number;
    all.insert(all.end(), lost.begin(), lost.end());
    all.insert(all.end(), kept.begin(), kept.end());
    std::ranges::sort(all);
    const auto repeated = std::ranges::unique(all);
    all.erase(repeated.begin(), repeated.end());
    EXPECT_EQ(all.size(), static_cast<std::size_t>(load.sent));
}

}  // namespace
}  // namespace tautline::client
