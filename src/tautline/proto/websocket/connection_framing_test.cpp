// SPDX-License-Identifier: MIT
// What a peer may and may not put into frames: attack rows F01 to F09 and F13.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/endpoint.hpp>
#include <tests/support/frames.hpp>
#include <tests/support/wire.hpp>

#include <tautline/proto/websocket/connection.hpp>

namespace tautline::websocket {
namespace {

using test::Endpoint;
using test::FrameBytes;
using test::Trace;
using test::wire;

class ConnectionFraming : public testing::TestWithParam<Role> {
protected:
    [[nodiscard]] static Role local() { return GetParam(); }
    [[nodiscard]] static FrameBytes frame(unsigned first, std::string_view payload) {
        return test::frame(test::peer_of(local()), first, payload);
    }
    [[nodiscard]] static FrameBytes head(unsigned first, std::uint64_t length) {
        return test::frame_head(test::peer_of(local()), first, length);
    }
    // The frame of a peer with its length written as `length`: "7e 0001".
    [[nodiscard]] static FrameBytes head_with(unsigned first, std::string_view length) {
        FrameBytes bytes = wire(length);
        if (local() == Role::server) {
            bytes[0] |= std::byte{0x80};
            bytes.insert(bytes.end(), 4, std::byte{0});
        }
        bytes.insert(bytes.begin(), static_cast<std::byte>(first));
        return bytes;
    }
    // The one thing that is told after these bytes, however they are split.
    [[nodiscard]] static std::string end_after(const FrameBytes& bytes) {
        const Trace whole = trace_of(bytes, 0);
        EXPECT_EQ(trace_of(bytes, 1), whole);
        return whole.size() == 1 ? whole[0] : std::to_string(whole.size()) + " events";
    }
    static Trace trace_of(const FrameBytes& bytes, std::size_t read_bytes) {
        Endpoint endpoint({.role = local()});
        endpoint.receive(bytes, read_bytes);
        return endpoint.trace;
    }
};

INSTANTIATE_TEST_SUITE_P(BothRoles, ConnectionFraming, testing::Values(Role::client, Role::server),
                         [](const auto& role) {
                             return role.param == Role::client ? "Client" : "Server";
                         });

TEST_P(ConnectionFraming, DeliversATextMessage) {
    EXPECT_EQ(end_after(frame(0x81, "hello")), "text \"hello\"");
}

TEST_P(ConnectionFraming, DeliversAnEmptyBinaryMessage) {
    EXPECT_EQ(end_after(frame(0x82, "")), "binary ");
}

TEST_P(ConnectionFraming, JoinsFragments) {
    EXPECT_EQ(end_after(test::joined({frame(0x01, "hel"), frame(0x00, ""), frame(0x80, "lo")})),
              "text \"hello\"");
}

TEST_P(ConnectionFraming, F01_RefusesLengthsWithTheTopBitSet) {
    EXPECT_EQ(end_after(head_with(0x82, "7f 8000000000000000")),
              "closed 1002 \"length out of range\" length_top_bit_set");
    EXPECT_EQ(end_after(head_with(0x82, "7f ffffffffffffffff")),
              "closed 1002 \"length out of range\" length_top_bit_set");
}

TEST_P(ConnectionFraming, F01_RefusesEveryHugeLengthBeforeItsPayload) {
    for (const std::uint64_t length :
         {0x7fffffffffffffffULL, 0x100000000ULL, 0x80000001ULL, 0x7fffffffULL, 0x100001ULL}) {
        EXPECT_EQ(end_after(head(0x82, length)),
                  "closed 1009 \"message too large\" message_too_large");
    }
}

TEST_P(ConnectionFraming, F01_RefusesAHugeLengthOnAContinuation) {
    EXPECT_EQ(end_after(test::joined({frame(0x02, "a"), head(0x80, 0x7fffffffffffffffULL)})),
              "closed 1009 \"message too large\" message_too_large");
}

TEST_P(ConnectionFraming, F02_RefusesLengthsThatAreNotMinimal) {
    EXPECT_EQ(end_after(head_with(0x82, "7e 007d")),
              "closed 1002 \"length not minimal\" length_not_minimal");
    EXPECT_EQ(end_after(head_with(0x82, "7f 000000000000ffff")),
              "closed 1002 \"length not minimal\" length_not_minimal");
}

TEST_P(ConnectionFraming, F04_JoinsAMessageThatComesByteByByte) {
    const std::string payload(70000, 'x');

    EXPECT_EQ(trace_of(frame(0x82, payload), 1), trace_of(frame(0x82, payload), 0));
}

TEST_P(ConnectionFraming, F05_RefusesReservedBits) {
    for (const unsigned first : {0xc1U, 0xa1U, 0x91U, 0xc0U, 0xc9U, 0xf2U}) {
        EXPECT_EQ(end_after(frame(first, "")), "closed 1002 \"reserved bit set\" reserved_bit_set");
    }
}

TEST_P(ConnectionFraming, F06_RefusesEveryReservedOpcodeAtItsFirstByte) {
    for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 0xbU, 0xcU, 0xdU, 0xeU, 0xfU}) {
        EXPECT_EQ(end_after({static_cast<std::byte>(0x80 | opcode)}),
                  "closed 1002 \"unknown opcode\" opcode_unknown");
    }
}

TEST_P(ConnectionFraming, F07_RefusesAFrameMaskedWrongly) {
    const FrameBytes wrong = test::frame(local(), 0x81, "hello");

    EXPECT_EQ(end_after(wrong), local() == Role::server
                                    ? "closed 1002 \"frame not masked\" frame_not_masked"
                                    : "closed 1002 \"frame masked\" frame_masked");
}

TEST_P(ConnectionFraming, F08_RefusesFragmentedControlFrames) {
    for (const unsigned first : {0x08U, 0x09U, 0x0aU}) {
        EXPECT_EQ(end_after(frame(first, "")),
                  "closed 1002 \"control frame fragmented\" control_fragmented");
    }
}

TEST_P(ConnectionFraming, F08_RefusesLongControlFrames) {
    EXPECT_EQ(end_after(head(0x89, 126)),
              "closed 1002 \"control frame too long\" control_too_long");
    EXPECT_EQ(end_after(head(0x88, 65536)),
              "closed 1002 \"control frame too long\" control_too_long");
}

TEST_P(ConnectionFraming, F09_RefusesAContinuationOfNothing) {
    EXPECT_EQ(end_after(frame(0x80, "a")),
              "closed 1002 \"nothing to continue\" continuation_unexpected");
}

TEST_P(ConnectionFraming, F09_RefusesAMessageInsideAnother) {
    EXPECT_EQ(end_after(test::joined({frame(0x01, "a"), frame(0x81, "b")})),
              "closed 1002 \"message not finished\" message_interrupted");
}

TEST_P(ConnectionFraming, F09_TakesPingsBetweenFragments) {
    Endpoint endpoint({.role = local(), .options = {.deliver_control_frames = true}});

    endpoint.receive(test::joined({frame(0x01, "a"), frame(0x89, "ping"), frame(0x80, "b")}), 3);

    EXPECT_EQ(endpoint.trace, (Trace{"ping \"ping\"", "text \"ab\""}));
}

TEST_P(ConnectionFraming, F09_ClosesInOrderInsideAFragmentedMessage) {
    EXPECT_EQ(trace_of(test::joined({frame(0x01, "a"), frame(0x88, "\x03\xe8")}), 1),
              (Trace{"closing 1000 peer", "closed 1000 \"\" clean peer"}));
}

// RFC 6455 section 8.1: overlong, surrogate, above U+10FFFF, stray and cut off.
TEST_P(ConnectionFraming, F13_RefusesEveryKindOfBadUtf8) {
    for (const auto* bad :
         {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xfe", "\xe2\x82"}) {
        EXPECT_EQ(end_after(frame(0x81, bad)), "closed 1007 \"text not UTF-8\" text_not_utf8");
    }
}

TEST_P(ConnectionFraming, F13_FindsABadByteAtEveryOffsetOfALongText) {
    for (std::size_t offset = 0; offset < 70; ++offset) {
        std::string text(70, 'a');
        text[offset] = '\xff';
        EXPECT_EQ(trace_of(frame(0x81, text), 0),
                  (Trace{"closed 1007 \"text not UTF-8\" text_not_utf8"}))
            << offset;
    }
}

TEST_P(ConnectionFraming, F13_FailsBeforeABadTextIsComplete) {
    FrameBytes bytes = frame(0x81, "ok\xff" + std::string(1000, 'a'));
    bytes.resize(bytes.size() - 1000);

    EXPECT_EQ(end_after(bytes), "closed 1007 \"text not UTF-8\" text_not_utf8");
}

TEST_P(ConnectionFraming, F13_FailsAtABadByteInAFragment) {
    EXPECT_EQ(end_after(test::joined({frame(0x01, "\xe2\x82"), frame(0x00, "\xff")})),
              "closed 1007 \"text not UTF-8\" text_not_utf8");
}

TEST_P(ConnectionFraming, F13_TakesCharactersThatFragmentsSplit) {
    EXPECT_EQ(end_after(test::joined({frame(0x01, "\xe2\x82"), frame(0x80, "\xac")})),
              "text \"\xe2\x82\xac\"");
}

TEST_P(ConnectionFraming, TellsThePeerWhatItDidWrong) {
    Endpoint endpoint({.role = local()});

    endpoint.receive(frame(0x83, ""));
    const auto output = endpoint.take_output();

    Endpoint peer({.role = test::peer_of(local())});
    peer.receive(output);
    EXPECT_EQ(peer.trace,
              (Trace{"closing 1002 peer", "closed 1002 \"unknown opcode\" clean peer"}));
}

TEST_P(ConnectionFraming, IgnoresEverythingAfterAnError) {
    EXPECT_EQ(end_after(test::joined({frame(0x83, ""), frame(0x81, "a"), frame(0x89, "b")})),
              "closed 1002 \"unknown opcode\" opcode_unknown");
}

}  // namespace
}  // namespace tautline::websocket
