// SPDX-License-Identifier: MIT
// What this engine does otherwise than the native one; the rest is in tests/conformance.
#include <tautline/proto/wslay/engine.hpp>

#include <gtest/gtest.h>
#include <tests/support/endpoint.hpp>
#include <tests/support/wire.hpp>

namespace tautline::websocket {
namespace {

using test::Endpoint;
using test::wire;

Endpoint server(ConnectionOptions options = {}) {
    return Endpoint({.role = Role::server, .options = options, .kind = &wslay_engine()});
}

TEST(WslayEngine, SaysWhatItCannotDo) {
    EXPECT_EQ(wslay_engine().name, "wslay");
    EXPECT_FALSE(wslay_engine().compression);
    EXPECT_FALSE(wslay_engine().streaming);
}

TEST(WslayEngine, RefusesToSendParts) {
    Endpoint engine = server();
    EXPECT_EQ(engine->send_part(MessageType::text, as_bytes("a"), false, {}),
              std::unexpected(UsageError::unsupported));
}

TEST(WslayEngine, DoesNotTellWhichRuleWasBroken) {
    Endpoint engine = server();
    engine.receive(wire("83 80 00000000"));
    ASSERT_EQ(engine.closes.size(), 1U);
    EXPECT_EQ(engine.closes[0].error, PeerError::rule_broken);
}

TEST(WslayEngine, ShowsControlFramesWhenAsked) {
    Endpoint engine = server({.deliver_control_frames = true});
    engine.receive(wire("89 81 00000000 70 | 8a 81 00000000 71"));
    EXPECT_EQ(engine.trace, (test::Trace{"ping \"p\"", "pong \"q\""}));
}

TEST(WslayEngine, L11_LeavesItToTheCallerWhatIsDoneWithASlowPeer) {
    Endpoint engine = server({.max_buffered_bytes = 10, .overflow = OverflowPolicy::close});
    ASSERT_TRUE(engine.send("more than ten bytes"));
    EXPECT_EQ(engine.send("x"), std::unexpected(UsageError::queue_full));
    EXPECT_TRUE(engine->open());
}

TEST(WslayEngine, WritesIntoLentMemoryAndKeepsWhatIsLeft) {
    Endpoint engine = server();
    Buffer memory;
    memory.append(as_bytes("old"));
    engine->lend_output_memory(std::move(memory));
    ASSERT_TRUE(engine.send("hello"));
    engine->transmitted(3);
    EXPECT_GT(engine->take_output_memory().capacity(), 0U);
    EXPECT_EQ(engine.take_output(), wire("656c6c6f"));
    EXPECT_EQ(engine->take_output_memory().capacity(), 0U);
}

}  // namespace
}  // namespace tautline::websocket
