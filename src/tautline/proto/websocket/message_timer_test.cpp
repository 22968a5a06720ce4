// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/message_timer.hpp>

#include <gtest/gtest.h>

namespace tautline::websocket {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{};

class MessageTimers : public testing::Test {
protected:
    ConnectionOptions options_{.message_timeout = 5s};
    MessageTimer timer_;
};

TEST_F(MessageTimers, DoNotRunBetweenMessages) {
    timer_.end_batch(false, kStart);
    EXPECT_FALSE(timer_.deadline(options_));
}

TEST_F(MessageTimers, RunFromTheFirstByteOfAMessage) {
    timer_.end_batch(true, kStart);
    timer_.end_batch(true, kStart + 3s);
    EXPECT_EQ(timer_.deadline(options_), kStart + 5s);
}

TEST_F(MessageTimers, BeginAnewWithTheNextMessageOfTheSameBatch) {
    timer_.end_batch(true, kStart);
    timer_.end_message();
    timer_.end_batch(true, kStart + 3s);
    EXPECT_EQ(timer_.deadline(options_), kStart + 8s);
}

TEST_F(MessageTimers, BeginAnewWhenTheApplicationReadsAgain) {
    timer_.end_batch(true, kStart);
    timer_.restart(kStart + 1h);
    EXPECT_EQ(timer_.deadline(options_), kStart + 1h + 5s);
}

TEST_F(MessageTimers, LeaveStreamedMessagesTheirTime) {
    timer_.end_batch(true, kStart);
    options_.delivery = Delivery::streamed;
    EXPECT_FALSE(timer_.deadline(options_));
}

TEST_F(MessageTimers, NeverEndWithoutALimit) {
    timer_.end_batch(true, kStart);
    options_.message_timeout = std::nullopt;
    EXPECT_FALSE(timer_.deadline(options_));
}

}  // namespace
}  // namespace tautline::websocket
