// SPDX-License-Identifier: MIT
// Peers that want to use up memory or time: attack rows F03 and L06 to L10.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/pair.hpp>

#include <tautline/proto/websocket/connection.hpp>

namespace tautline::websocket {
namespace {

using namespace std::chrono_literals;
using test::Endpoint;
using test::FrameBytes;
using test::Trace;

class ConnectionLimits : public testing::TestWithParam<Role> {
protected:
    [[nodiscard]] static Endpoint make(const ConnectionOptions& options) {
        return Endpoint({.role = GetParam(), .options = options});
    }
    [[nodiscard]] static FrameBytes frame(unsigned first, std::string_view payload) {
        return test::frame(test::peer_of(GetParam()), first, payload);
    }
    [[nodiscard]] static FrameBytes head(unsigned first, std::uint64_t length) {
        return test::frame_head(test::peer_of(GetParam()), first, length);
    }
};

INSTANTIATE_TEST_SUITE_P(BothRoles, ConnectionLimits, testing::Values(Role::client, Role::server),
                         [](const auto& role) {
                             return role.param == Role::client ? "Client" : "Server";
                         });

TEST_P(ConnectionLimits, HoldMessagesToTheirSize) {
    auto endpoint = make({.max_message_bytes = 100});

    endpoint.receive(frame(0x82, std::string(99, 'x')));
    endpoint.receive(frame(0x82, std::string(100, 'x')));
    EXPECT_EQ(endpoint.take_trace().size(), 2U);
    endpoint.receive(head(0x82, 101));

    EXPECT_EQ(endpoint.trace, (Trace{"closed 1009 \"message too large\" message_too_large"}));
}

// What a header declares is judged before the key that ends it.
TEST_P(ConnectionLimits, HoldMessagesToTheirSizeBeforeTheirKeyIsThere) {
    for (const std::uint64_t length :
         {std::uint64_t{5}, std::uint64_t{200}, std::uint64_t{70000}}) {
        auto endpoint = make({.max_message_bytes = length - 1});
        const auto bytes = head(0x82, length);
        const std::size_t key_bytes = GetParam() == Role::server ? 4 : 0;
        const auto without_key = Bytes(bytes).first(bytes.size() - key_bytes);

        endpoint.receive(without_key.first(without_key.size() - 1));
        EXPECT_TRUE(endpoint.closes.empty()) << length;
        endpoint.receive(without_key.last(1));

        EXPECT_EQ(endpoint.trace, (Trace{"closed 1009 \"message too large\" message_too_large"}));
    }
}

TEST_P(ConnectionLimits, HoldMessagesToTheirSizeWhereverTheirHeaderIsCut) {
    const auto first = frame(0x02, "1234");
    for (const auto& bytes : {head(0x80, 7), head(0x82, 7), head(0x00, 200)}) {
        auto whole = make({.max_message_bytes = 10});
        whole.receive(first);
        whole.receive(bytes);
        ASSERT_EQ(whole.closes.size(), 1U);
        for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
            auto endpoint = make({.max_message_bytes = 10});
            endpoint.receive(first);
            endpoint.receive(Bytes(bytes).first(cut));
            if (endpoint.closes.empty()) endpoint.receive(Bytes(bytes).subspan(cut));
            EXPECT_EQ(endpoint.trace, whole.trace) << cut;
        }
    }
}

TEST_P(ConnectionLimits, F03_CutOffAMessageThatIsNeverFinished) {
    auto endpoint = make({.message_timeout = 60s, .ping_interval = std::nullopt});
    endpoint.receive(head(0x82, 1000000));
    EXPECT_EQ(endpoint->next_timeout(), endpoint.now + 60s);

    endpoint.advance(60s);

    EXPECT_EQ(endpoint.trace, (Trace{"closed 1008 \"message timeout\" message_timeout"}));
}

TEST_P(ConnectionLimits, F03_CutOffAMessageThatDrips) {
    auto endpoint = make({.message_timeout = 60s});
    endpoint.receive(head(0x82, 1000000));

    for (int second = 0; second < 60; ++second) {
        EXPECT_TRUE(endpoint.closes.empty());
        endpoint.receive(FrameBytes(1));
        endpoint.advance(1s);
    }

    EXPECT_EQ(endpoint.closes.at(0).error, TransportError::message_timeout);
}

TEST_P(ConnectionLimits, F03_CutOffAHeaderThatIsNeverFinished) {
    auto endpoint = make({.message_timeout = 5s});
    endpoint.receive(FrameBytes{std::byte{0x82}});

    endpoint.advance(5s);

    EXPECT_EQ(endpoint.closes.at(0).error, TransportError::message_timeout);
}

TEST_P(ConnectionLimits, F03_DoNotLetControlFramesProlongAMessage) {
    auto endpoint = make({.message_timeout = 5s});
    endpoint.receive(frame(0x02, "a"));
    for (int second = 0; second < 5; ++second) {
        endpoint.receive(frame(0x89, "p"));
        endpoint.advance(1s);
    }

    EXPECT_EQ(endpoint.closes.at(0).error, TransportError::message_timeout);
}

TEST_P(ConnectionLimits, F03_GiveEveryMessageItsOwnTime) {
    auto endpoint = make({.message_timeout = 5s});
    const auto message = frame(0x82, "ab");
    const std::size_t half = message.size() / 2;
    // Every read ends one message and begins the next.
    endpoint.receive(Bytes(message).first(half));
    for (int i = 0; i < 10; ++i) {
        endpoint.advance(3s);
        endpoint.receive(Bytes(message).subspan(half));
        endpoint.receive(Bytes(message).first(half));
    }

    EXPECT_TRUE(endpoint.closes.empty());
    EXPECT_EQ(endpoint.trace.size(), 10U);
}

TEST_P(ConnectionLimits, F03_GiveEveryControlFrameItsOwnTime) {
    auto endpoint = make({.message_timeout = 5s});
    const auto ping = frame(0x89, "ab");
    endpoint.receive(Bytes(ping).first(3));
    for (int i = 0; i < 5; ++i) {
        endpoint.advance(3s);
        auto read = FrameBytes(ping.begin() + 3, ping.end());
        read.insert(read.end(), ping.begin(), ping.begin() + 3);
        endpoint.receive(read);
    }

    EXPECT_TRUE(endpoint.closes.empty());
}

TEST_P(ConnectionLimits, LeaveAMessageItsTimeWhileTheApplicationDoesNotRead) {
    auto endpoint = make({.message_timeout = 5s, .ping_interval = std::nullopt});
    endpoint.receive(head(0x82, 10));
    endpoint->set_reading(false, endpoint.now);
    EXPECT_EQ(endpoint->next_timeout(), std::nullopt);
    endpoint.advance(100s);

    endpoint->set_reading(true, endpoint.now);

    EXPECT_EQ(endpoint->next_timeout(), endpoint.now + 5s);
}

TEST_P(ConnectionLimits, LetAMessageTakeForeverWithoutATimeout) {
    auto endpoint = make({.message_timeout = std::nullopt, .ping_interval = std::nullopt});
    endpoint.receive(head(0x82, 10));

    EXPECT_EQ(endpoint->next_timeout(), std::nullopt);
}

TEST_P(ConnectionLimits, LetAStreamedMessageTakeForever) {
    auto endpoint = make(
        {.delivery = Delivery::streamed, .message_timeout = 5s, .ping_interval = std::nullopt});
    endpoint.receive(head(0x82, 10));

    EXPECT_EQ(endpoint->next_timeout(), std::nullopt);
}

TEST_P(ConnectionLimits, L06_StopEndlessFragments) {
    auto endpoint = make({.max_message_bytes = 1024 * 1024});
    const std::string payload(64 * 1024, 'x');
    int frames = 1;
    endpoint.receive(frame(0x02, payload));
    for (; frames < 100 && endpoint.trace.empty(); ++frames) endpoint.receive(frame(0x00, payload));

    EXPECT_LE(frames, 17);
    EXPECT_EQ(endpoint.closes.size(), 1U);
}

TEST_P(ConnectionLimits, L07_StopEndlessEmptyFragments) {
    auto endpoint = make({.max_message_bytes = 64 * 1000});
    endpoint.receive(frame(0x02, ""));
    int frames = 1;
    for (; frames < 2000 && endpoint.trace.empty(); ++frames) endpoint.receive(frame(0x00, ""));

    EXPECT_EQ(frames, 1001);
    EXPECT_EQ(endpoint.trace, (Trace{"closed 1008 \"too many fragments\" too_many_fragments"}));
}

TEST_P(ConnectionLimits, L07_StopEndlessFragmentsOfOneByteBetweenPings) {
    auto endpoint = make({.max_message_bytes = 64 * 1000});
    endpoint.receive(frame(0x02, "x"));
    int frames = 1;
    for (; frames < 2000 && endpoint.trace.empty(); ++frames) {
        endpoint.receive(frame(0x89, ""));
        endpoint.receive(frame(0x00, "x"));
        std::ignore = endpoint.take_output();
    }

    EXPECT_EQ(frames, 1001);
    EXPECT_EQ(endpoint.closes.at(0).error, PeerError::too_many_fragments);
}

TEST_P(ConnectionLimits, L08_KeepNothingOfManyEmptyMessages) {
    auto endpoint = make({});
    FrameBytes flood;
    for (int i = 0; i < 1000; ++i) {
        const auto empty = frame(0x82, "");
        flood.insert(flood.end(), empty.begin(), empty.end());
    }

    for (int i = 0; i < 100; ++i) {
        endpoint.receive(flood);
        EXPECT_EQ(endpoint.take_trace().size(), 1000U);
    }

    EXPECT_EQ(endpoint->buffered_bytes(), 0U);
    EXPECT_TRUE(endpoint->open());
}

TEST_P(ConnectionLimits, L09_AnswerTenOfTenPings) {
    auto endpoint = make({});
    for (int i = 0; i < 10; ++i) endpoint.receive(frame(0x89, std::to_string(i)));

    Endpoint peer({.role = test::peer_of(GetParam()), .options = {.deliver_control_frames = true}});
    peer.receive(endpoint.take_output());

    EXPECT_EQ(peer.trace.size(), 10U);
}

TEST_P(ConnectionLimits, L09_BoundTheAnswersToAFloodOfPings) {
    auto endpoint = make({.low_water_bytes = 1000});
    const std::string payload(125, 'p');

    for (int i = 0; i < 100000; ++i) endpoint.receive(frame(0x89, payload));
    EXPECT_LE(endpoint->buffered_bytes(), 1000U + 131U);
    endpoint.receive(frame(0x89, "latest"));
    const auto first = endpoint.take_output();
    const auto second = endpoint.take_output();

    Endpoint peer({.role = test::peer_of(GetParam()), .options = {.deliver_control_frames = true}});
    peer.receive(first);
    peer.receive(second);
    EXPECT_EQ(peer.trace.back(), "pong \"latest\"");
}

TEST_P(ConnectionLimits, L10_IgnoreAFloodOfPongs) {
    auto endpoint = make({});

    for (int i = 0; i < 1000; ++i) endpoint.receive(frame(0x8a, "unasked"));

    EXPECT_TRUE(endpoint.trace.empty());
    EXPECT_EQ(endpoint->buffered_bytes(), 0U);
}

TEST_P(ConnectionLimits, L10_BoundTheTableOfPings) {
    auto endpoint = make({});
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(endpoint->send_ping(as_bytes(std::to_string(i)), endpoint.now));
    }

    endpoint.receive(frame(0x8a, "3"));
    endpoint.receive(frame(0x8a, "4"));

    EXPECT_EQ(endpoint.trace, (Trace{"pong \"4\" +0ms"}));
}

}  // namespace
}  // namespace tautline::websocket
