// SPDX-License-Identifier: MIT
#include <tautline/session/message_buffers.hpp>

#include <optional>
#include <utility>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

namespace tautline::session {
namespace {

TEST(MessageBuffers, AreThoseOfTheLoop) {
    asio::io_context one;
    asio::io_context other;
    const auto buffers = message_buffers(io::Loop::of(one));

    EXPECT_EQ(message_buffers(io::Loop::of(one)), buffers);
    EXPECT_NE(message_buffers(io::Loop::of(other)), buffers);
}

TEST(MessageBuffers, OutliveTheLoopForWhoeverHoldsThem) {
    std::optional<asio::io_context> context(std::in_place);
    const auto buffers = message_buffers(io::Loop::of(*context));
    BufferPool::Loan loan(buffers.get());
    loan->append(as_bytes("half a message"));

    context.reset();

    EXPECT_EQ(as_text(std::as_const(*loan).readable()), "half a message");
}

}  // namespace
}  // namespace tautline::session
