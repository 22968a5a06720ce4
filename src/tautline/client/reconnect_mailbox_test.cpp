// SPDX-License-Identifier: MIT
#include <tautline/client/reconnect_mailbox.hpp>

#include <memory>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>

namespace tautline::client {
namespace {

struct Mailbox {
    asio::io_context context;
    int woken = 0;
    std::shared_ptr<ReconnectMailbox> box = std::make_shared<ReconnectMailbox>(
        io::Loop::of(context), 2 * ReconnectLedger::kCharge, [this] { ++woken; });

    std::expected<void, UsageError> send(std::string_view text) const {
        return box->send({MessageType::text, as_bytes(text)});
    }
};

TEST(ReconnectMailbox, WakesOnceForABatchAndNeverInside) {
    Mailbox mailbox;
    EXPECT_TRUE(mailbox.send(""));
    EXPECT_TRUE(mailbox.send(""));
    EXPECT_EQ(mailbox.woken, 0);
    test::run_ready(mailbox.context);
    EXPECT_EQ(mailbox.woken, 1);
    mailbox.box->stop();
    test::run_ready(mailbox.context);
    EXPECT_EQ(mailbox.woken, 2);
}

TEST(ReconnectMailbox, RefusesTextThatIsNot) {
    const Mailbox mailbox;
    EXPECT_EQ(mailbox.send("\xff").error(), UsageError::text_not_utf8);
    EXPECT_TRUE(mailbox.box->send({MessageType::binary, as_bytes("\xff")}));
}

TEST(ReconnectMailbox, RefusesWhatTheLedgerRefuses) {
    const Mailbox mailbox;
    (void)mailbox.send("");
    (void)mailbox.send("");
    EXPECT_EQ(mailbox.send("").error(), UsageError::queue_full);
    EXPECT_EQ(mailbox.box->held_bytes(), 2 * ReconnectLedger::kCharge);
}

TEST(ReconnectMailbox, AcceptsNothingOnceItStops) {
    const Mailbox mailbox;
    EXPECT_FALSE(mailbox.box->stopping());
    mailbox.box->stop();
    mailbox.box->stop();
    EXPECT_TRUE(mailbox.box->stopping());
    EXPECT_EQ(mailbox.send("").error(), UsageError::closed);
}

TEST(ReconnectMailbox, WakesNobodyWhenItIsOver) {
    Mailbox mailbox;
    (void)mailbox.send("");
    mailbox.box->detach();
    test::run_ready(mailbox.context);
    EXPECT_EQ(mailbox.woken, 0);
    EXPECT_EQ(mailbox.send("").error(), UsageError::closed);
    mailbox.box->stop();
    EXPECT_FALSE(mailbox.box->stopping());
}

TEST(ReconnectMailbox, MayBeGoneWhenItsTurnComes) {
    Mailbox mailbox;
    (void)mailbox.send("");
    mailbox.box.reset();
    test::run_ready(mailbox.context);
    EXPECT_EQ(mailbox.woken, 0);
}

}  // namespace
}  // namespace tautline::client
