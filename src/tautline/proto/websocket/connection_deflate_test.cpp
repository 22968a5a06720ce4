// SPDX-License-Identifier: MIT
// Compressed messages through whole connections: attack rows L01 to L03.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/pair.hpp>
#include <tests/support/wire.hpp>

#include <tautline/proto/deflate/compressor.hpp>
#include <tautline/proto/websocket/connection.hpp>

namespace tautline::websocket {
namespace {

using test::Endpoint;
using test::frame;
using test::FrameBytes;
using test::Pair;
using test::PairSetup;
using test::Trace;
using test::wire;

constexpr deflate::Parameters kAgreed{};

FrameBytes compressed(std::string_view text, deflate::Compressor::Settings settings = {}) {
    deflate::Compressor compressor(settings);
    Buffer out;
    compressor.compress(as_bytes(text), true, out);
    const Bytes bytes = std::as_const(out).readable();
    return {bytes.begin(), bytes.end()};
}

PairSetup compressing_pair(const deflate::Parameters& agreed) {
    PairSetup setup{.compression = agreed};
    setup.client.compression = deflate::Options{};
    setup.server.compression = deflate::Options{};
    return setup;
}

class ConnectionDeflate : public testing::TestWithParam<Role> {
protected:
    [[nodiscard]] static FrameBytes from_peer(unsigned first, Bytes payload) {
        return frame(test::peer_of(GetParam()), first, payload);
    }
    [[nodiscard]] static Endpoint make(const ConnectionOptions& options) {
        return Endpoint({.role = GetParam(), .options = options, .compression = kAgreed});
    }
    // What one compressed message gives, whole and byte by byte.
    [[nodiscard]] static Trace trace_of(const FrameBytes& payload, unsigned first = 0xc2) {
        Endpoint whole = make({.max_message_bytes = 1000});
        whole.receive(from_peer(first, payload));
        Endpoint split = make({.max_message_bytes = 1000});
        split.receive(from_peer(first, payload), 1);
        EXPECT_EQ(whole.trace, split.trace);
        return whole.trace;
    }
};

INSTANTIATE_TEST_SUITE_P(BothRoles, ConnectionDeflate, testing::Values(Role::client, Role::server),
                         [](const auto& role) {
                             return role.param == Role::client ? "Client" : "Server";
                         });

const Trace kTooLarge{"closed 1009 \"message too large\" message_too_large"};
const Trace kCorrupt{"closed 1007 \"compressed data corrupt\" deflate_corrupt"};

// RFC 7692 section 7.2.3.1.
TEST_P(ConnectionDeflate, InflatesTheMessageOfTheStandard) {
    EXPECT_EQ(trace_of(wire("f2 48 cd c9 c9 07 00"), 0xc1), (Trace{"text \"Hello\""}));
}

TEST_P(ConnectionDeflate, TakesUncompressedMessagesToo) {
    EXPECT_EQ(trace_of(wire("48 69"), 0x81), (Trace{"text \"Hi\""}));
}

TEST_P(ConnectionDeflate, L01_StopsABombInOneFrame) {
    const auto bomb = compressed(std::string(512 * 1024, '\0'));
    EXPECT_LT(bomb.size(), 1000U);

    EXPECT_EQ(trace_of(bomb), kTooLarge);
}

TEST_P(ConnectionDeflate, L01_StopsABombInFragments) {
    const auto bomb = compressed(std::string(512 * 1024, '\0'));
    Endpoint endpoint = make({.max_message_bytes = 1000, .fragment_charge_bytes = 0});
    for (std::size_t i = 0; i < bomb.size() && endpoint.trace.empty(); ++i) {
        endpoint.receive(from_peer(i == 0 ? 0x42 : 0x00, Bytes(bomb).subspan(i, 1)));
    }

    EXPECT_EQ(endpoint.trace, kTooLarge);
}

TEST_P(ConnectionDeflate, L01_StopsAMessageOfStoredBlocks) {
    FrameBytes blocks;
    for (int i = 0; i < 101; ++i) {
        // A stored block of ten bytes.
        const auto block = wire("00 0a00 f5ff 30313233343536373839");
        blocks.insert(blocks.end(), block.begin(), block.end());
    }
    Endpoint endpoint = make({.max_message_bytes = 1000, .fragment_charge_bytes = 0});
    for (std::size_t i = 0; i < blocks.size() && endpoint.trace.empty(); i += 15) {
        endpoint.receive(from_peer(i == 0 ? 0x42 : 0x00, Bytes(blocks).subspan(i, 15)));
    }

    EXPECT_EQ(endpoint.trace, kTooLarge);
}

TEST_P(ConnectionDeflate, L02_TakesExactlyTheLimit) {
    for (const std::size_t size : {999U, 1000U}) {
        const auto trace = trace_of(compressed(std::string(size, 'x')), 0xc1);
        EXPECT_EQ(trace, (Trace{"text \"" + std::string(size, 'x') + "\""}));
    }
}

TEST_P(ConnectionDeflate, L02_RefusesEverySizeOverTheLimit) {
    for (const std::size_t size : {1001U, 1002U, 1000U + 32768U}) {
        EXPECT_EQ(trace_of(compressed(std::string(size, 'x'))), kTooLarge) << size;
    }
}

TEST_P(ConnectionDeflate, L03_RefusesGarbage) {
    EXPECT_EQ(trace_of(wire("ffffffff")), kCorrupt);
    EXPECT_EQ(trace_of(wire("06 ff ff ff")), kCorrupt);
}

TEST_P(ConnectionDeflate, L03_RefusesAReferenceToBeforeTheWindow) {
    EXPECT_EQ(trace_of(wire("f2 00 11 00 00")), kCorrupt);
}

// RFC 7692 section 7.2.3.4.
TEST_P(ConnectionDeflate, L03_TakesAMessageWithAFinalBlock) {
    EXPECT_EQ(trace_of(wire("f3 48 cd c9 c9 07 00 00"), 0xc1), (Trace{"text \"Hello\""}));
}

// RFC 7692 section 7.2.3.6: an empty message is the byte 00.
TEST_P(ConnectionDeflate, L03_TakesAnEmptyMessage) {
    EXPECT_EQ(trace_of(wire("00"), 0xc1), (Trace{"text \"\""}));
}

TEST_P(ConnectionDeflate, L03_RefusesAMessageThatIsCutShort) {
    EXPECT_EQ(trace_of(wire("f2 48 cd c9")), kCorrupt);
}

TEST_P(ConnectionDeflate, L03_RefusesAWindowThatThePeerPromisedNotToKeep) {
    Endpoint endpoint({.role = GetParam(),
                       .compression = deflate::Parameters{.server_no_context_takeover = true,
                                                          .client_no_context_takeover = true}});
    endpoint.receive(from_peer(0xc1, wire("f2 48 cd c9 c9 07 00")));
    endpoint.receive(from_peer(0xc1, wire("f2 00 11 00 00")));

    EXPECT_EQ(endpoint.trace, (Trace{"text \"Hello\"", kCorrupt[0]}));
}

TEST_P(ConnectionDeflate, L03_LeavesTheNextConnectionUnpoisoned) {
    EXPECT_EQ(trace_of(wire("ffffffff")), kCorrupt);
    EXPECT_EQ(trace_of(wire("f2 48 cd c9 c9 07 00"), 0xc1), (Trace{"text \"Hello\""}));
}

TEST_P(ConnectionDeflate, F13_FailsAtTheFirstBadByteAfterInflation) {
    EXPECT_EQ(trace_of(compressed("a\xff" + std::string(100, 'b')), 0xc1),
              (Trace{"closed 1007 \"text not UTF-8\" text_not_utf8"}));
}

TEST(ConnectionDeflatePair, ExchangesMessagesForEveryKindOfAgreement) {
    for (int i = 0; i < 16; ++i) {
        Pair pair(compressing_pair({.server_no_context_takeover = (i & 1) != 0,
                                    .client_no_context_takeover = (i & 2) != 0,
                                    .server_max_window_bits = (i & 4) != 0 ? 9 : 15,
                                    .client_max_window_bits = (i & 8) != 0 ? 9 : 15}));
        const std::string text(5000, static_cast<char>('a' + i));
        for (int round = 0; round < 3; ++round) {
            ASSERT_TRUE(pair.client.send(text));
            ASSERT_TRUE(pair.server.send(text));
            pair.drive();
        }
        EXPECT_EQ(pair.server.trace, Trace(3, "text \"" + text + "\""));
        EXPECT_EQ(pair.client.trace, Trace(3, "text \"" + text + "\""));
    }
}

TEST(ConnectionDeflatePair, CompressesFromTheThresholdOn) {
    Endpoint server({.role = Role::server,
                     .options = {.compression = deflate::Options{.threshold_bytes = 5}},
                     .compression = kAgreed});

    ASSERT_TRUE(server.send("Hell"));
    ASSERT_TRUE(server.send("Hello"));

    EXPECT_EQ(server.take_output(), wire("81 04 | 48656c6c | c1 07 | f248cdc9c90700"));
}

TEST(ConnectionDeflatePair, LeavesAMessageAloneThatAsksForIt) {
    Endpoint server({.role = Role::server, .compression = kAgreed});
    const std::string text(100, 'x');

    ASSERT_TRUE(server->send_message(MessageType::text, as_bytes(text), {.compress = false}));

    EXPECT_EQ(server.take_output().size(), 102U);
}

TEST(ConnectionDeflatePair, CompressesWhatMayStayInItsPlace) {
    Endpoint server({.role = Role::server,
                     .options = {.compression = deflate::Options{.threshold_bytes = 5}},
                     .compression = kAgreed});

    ASSERT_TRUE(server->send_in_place(MessageType::text, as_bytes("Hello"), {}));

    EXPECT_EQ(server.take_output(), wire("c1 07 | f248cdc9c90700"));
}

TEST(ConnectionDeflatePair, SetsNoBitWithoutAnAgreement) {
    Endpoint server({.role = Role::server});

    ASSERT_TRUE(server.send(std::string(100, 'x')));

    EXPECT_EQ(server.take_output().at(0), std::byte{0x81});
}

TEST(ConnectionDeflatePair, StreamsCompressedParts) {
    auto setup = compressing_pair(kAgreed);
    setup.server.delivery = Delivery::streamed;
    setup.read_bytes = 7;
    Pair pair(setup);
    std::string joined;
    pair.server.on_event = [&](const Event& event) {
        joined += as_text(std::get<PartReceived>(event).payload);
    };
    std::string text;
    for (int i = 0; i < 2000; ++i) text += std::to_string(i * i);

    const Bytes bytes = as_bytes(text);
    ASSERT_TRUE(pair.client->send_part(MessageType::text, bytes.first(1000), false, {}));
    ASSERT_TRUE(pair.client->send_part(MessageType::text, bytes.subspan(1000), true, {}));
    pair.drive();

    EXPECT_EQ(joined, text);
    EXPECT_TRUE(pair.server.trace.back().starts_with("part$"));
}

TEST(ConnectionDeflatePair, L01_InflatesAStreamedBombInBoundedParts) {
    auto setup = compressing_pair(kAgreed);
    setup.server.delivery = Delivery::streamed;
    setup.server.max_message_bytes = 1ULL << 40;
    Pair pair(setup);
    const std::vector<std::byte> zeros(40 * 1024 * 1024);
    ASSERT_TRUE(pair.client->send_message(MessageType::binary, zeros, {}));
    auto bomb = pair.client.take_output();
    std::size_t largest = 0;
    std::size_t total = 0;

    pair.server->receive(bomb, pair.server.now);
    while (const auto event = pair.server->poll_event()) {
        const Bytes part = std::get<PartReceived>(*event).payload;
        largest = std::max(largest, part.size());
        total += part.size();
    }

    EXPECT_EQ(total, zeros.size());
    EXPECT_LE(largest, 17U * 1024 * 1024);
}

}  // namespace
}  // namespace tautline::websocket
