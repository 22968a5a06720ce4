// SPDX-License-Identifier: MIT
// Attack row F16: an exchange gives the same events however its bytes are split on their way.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/pair.hpp>

#include <tautline/proto/websocket/connection.hpp>

namespace tautline::websocket {
namespace {

using test::Endpoint;
using test::EndpointSetup;
using test::frame;
using test::FrameBytes;
using test::Trace;

class ConnectionSplit : public testing::TestWithParam<Role> {
protected:
    [[nodiscard]] static FrameBytes from_peer(unsigned first, std::string_view payload) {
        return frame(test::peer_of(GetParam()), first, payload);
    }
    [[nodiscard]] static EndpointSetup setup() {
        return {.role = GetParam(),
                .options = {.max_message_bytes = 1000, .deliver_control_frames = true},
                .compression = deflate::Parameters{}};
    }
    // What is told, and what is sent in answer.
    struct Outcome {
        Trace trace;
        std::size_t sent_bytes;
        friend bool operator==(const Outcome&, const Outcome&) = default;
    };
    static Outcome outcome_of(const FrameBytes& bytes, std::size_t border, std::size_t read_bytes) {
        Endpoint endpoint(setup());
        endpoint.receive(Bytes(bytes).first(border), read_bytes);
        endpoint.receive(Bytes(bytes).subspan(border), read_bytes);
        return {endpoint.trace, endpoint.take_output().size()};
    }
    static void expect_no_difference(const FrameBytes& bytes) {
        const Outcome whole = outcome_of(bytes, 0, 0);
        EXPECT_FALSE(whole.trace.empty());
        for (std::size_t border = 1; border < bytes.size(); ++border) {
            EXPECT_EQ(outcome_of(bytes, border, 0), whole) << "split at " << border;
        }
        for (const std::size_t read_bytes : {1U, 2U, 3U, 7U}) {
            EXPECT_EQ(outcome_of(bytes, 0, read_bytes), whole) << "reads of " << read_bytes;
        }
    }
};

INSTANTIATE_TEST_SUITE_P(BothRoles, ConnectionSplit, testing::Values(Role::client, Role::server),
                         [](const auto& role) {
                             return role.param == Role::client ? "Client" : "Server";
                         });

TEST_P(ConnectionSplit, F16_AnOrderlyExchangeAtEveryByte) {
    expect_no_difference(
        test::joined({from_peer(0x81, "hello"), from_peer(0x82, std::string(200, 'b')),
                      from_peer(0x89, "ping"), from_peer(0x01, "fra\xe2"), from_peer(0x8a, ""),
                      from_peer(0x00, "\x82"), from_peer(0x80, "\xac"), from_peer(0x81, ""),
                      from_peer(0x88,
                                "\x03\xe8"
                                "bye")}));
}

TEST_P(ConnectionSplit, F16_PingsThatNobodyIsShownAtEveryByte) {
    const auto bytes =
        test::joined({from_peer(0x89, "one"), from_peer(0x89, "two"), from_peer(0x89, "three")});
    for (std::size_t read_bytes = 1; read_bytes < bytes.size(); ++read_bytes) {
        Endpoint endpoint({.role = GetParam()});
        endpoint.receive(bytes, read_bytes);

        Endpoint peer(
            {.role = test::peer_of(GetParam()), .options = {.deliver_control_frames = true}});
        peer.receive(endpoint.take_output());
        EXPECT_EQ(peer.trace, (Trace{"pong \"one\"", "pong \"two\"", "pong \"three\""}));
    }
}

TEST_P(ConnectionSplit, F16_CompressedMessagesAtEveryByte) {
    const std::string hello("\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
    const std::string again("\xf2\x00\x11\x00\x00", 5);
    expect_no_difference(test::joined({from_peer(0xc1, hello), from_peer(0xc1, again),
                                       from_peer(0x41, hello.substr(0, 3)), from_peer(0x89, "p"),
                                       from_peer(0x80, hello.substr(3)), from_peer(0x88, "")}));
}

TEST_P(ConnectionSplit, F16_EveryKindOfErrorAtEveryByte) {
    const std::vector<FrameBytes> ends{
        from_peer(0x83, "x"),
        from_peer(0xa1, "x"),
        from_peer(0x09, "x"),
        from_peer(0x80, "x"),
        from_peer(0x81, "ok\xff never"),
        from_peer(0x82, std::string(1001, 'x')),
        from_peer(0x88, "\x03"),
        from_peer(0x88, "\x03\xec"),
        from_peer(0x88, "\x03\xe8\xff"),
        from_peer(0xc1, "\xff\xff\xff\xff"),
        from_peer(0xc2, std::string("\x06\xff\xff\xff", 4)),
        test::joined({from_peer(0x01, "a"), from_peer(0x81, "b")}),
        test::frame(GetParam(), 0x81, "masked wrongly"),
    };
    for (const FrameBytes& end : ends) {
        expect_no_difference(
            test::joined({from_peer(0x81, "before"), end, from_peer(0x81, "after")}));
    }
}

}  // namespace
}  // namespace tautline::websocket
