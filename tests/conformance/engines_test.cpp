// SPDX-License-Identifier: MIT
// One suite for every engine, in both roles: what the seam promises, whatever is behind it.
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/pair.hpp>
#include <tests/support/wire.hpp>

#include <tautline/proto/websocket/engine.hpp>
#include <tautline/proto/websocket/opcode.hpp>
#ifdef TAUTLINE_WITH_WSLAY
#include <tautline/proto/wslay/engine.hpp>
#endif

namespace tautline {
namespace {

using namespace std::chrono_literals;
using test::Endpoint;
using test::Pair;
using test::wire;
using websocket::EngineKind;
using websocket::Opcode;

using Parameter = std::tuple<const EngineKind*, Role>;

class Engines : public testing::TestWithParam<Parameter> {
protected:
    [[nodiscard]] const EngineKind& kind() const { return *std::get<0>(GetParam()); }
    [[nodiscard]] Role role() const { return std::get<1>(GetParam()); }

    // The engine under test.
    [[nodiscard]] Endpoint endpoint(ConnectionOptions options = {}) const {
        return Endpoint({.role = role(), .options = options, .kind = &kind()});
    }

    // A frame of the other side, masked as its role wants, with a key that changes nothing.
    [[nodiscard]] std::vector<std::byte> frame(unsigned first, std::string_view payload) const {
        const unsigned mask = role() == Role::server ? 0x80 : 0;
        std::vector<std::byte> bytes{static_cast<std::byte>(first)};
        if (payload.size() < 126) {
            bytes.push_back(static_cast<std::byte>(mask | payload.size()));
        } else {
            bytes.push_back(static_cast<std::byte>(mask | 126));
            bytes.push_back(static_cast<std::byte>(payload.size() >> 8));
            bytes.push_back(static_cast<std::byte>(payload.size()));
        }
        if (mask != 0) bytes.insert(bytes.end(), 4, std::byte{0});
        for (const char c : payload) bytes.push_back(static_cast<std::byte>(c));
        return bytes;
    }

    // What the engine reports when it gets `bytes`, and with which code it closes.
    void expect_failure(const std::vector<std::byte>& bytes, CloseCode code) const {
        Endpoint engine = endpoint();
        engine.receive(bytes);
        ASSERT_EQ(engine.closes.size(), 1U);
        EXPECT_EQ(engine.closes[0].code, code);
        EXPECT_FALSE(engine.closes[0].clean);
        EXPECT_TRUE(engine.closes[0].error);
        EXPECT_FALSE(engine.take_output().empty()) << "the peer is told";
    }
};

TEST_P(Engines, F03_CutOffAFrameThatIsNotFinishedInTime) {
    const auto whole = frame(0x82, "message");
    for (std::size_t size = 1; size < whole.size(); ++size) {
        Endpoint engine = endpoint({.message_timeout = 5s, .ping_interval = std::nullopt});
        engine.receive(Bytes(whole).first(size), 1);
        EXPECT_EQ(engine->next_timeout(), engine.now + 5s);
        engine.advance(5s);
        ASSERT_EQ(engine.closes.size(), 1U);
        EXPECT_EQ(engine.closes[0].error, TransportError::message_timeout);
        EXPECT_EQ(engine.closes[0].code, CloseCode::policy_violation);
    }
}

TEST_P(Engines, F03_DoNotLetControlFramesProlongAMessage) {
    Endpoint engine = endpoint({.message_timeout = 5s, .ping_interval = std::nullopt});
    engine.receive(frame(0x02, "part"));
    engine.advance(3s);
    engine.receive(frame(0x8a, "no part of it"));
    EXPECT_EQ(engine->next_timeout(), engine.now + 2s);
    engine.receive(frame(0x80, "the last part"));
    EXPECT_FALSE(engine->next_timeout());
}

TEST_P(Engines, F03_GiveEveryMessageItsOwnTime) {
    const auto message = frame(0x82, "message");
    Endpoint engine = endpoint({.message_timeout = 5s, .ping_interval = std::nullopt});
    engine.receive(Bytes(message).first(5));
    for (int i = 0; i < 10; ++i) {
        engine.advance(3s);
        auto read = std::vector<std::byte>(message.begin() + 5, message.end());
        read.insert(read.end(), message.begin(), message.begin() + 5);
        engine.receive(read);
    }
    engine.receive(Bytes(message).subspan(5));
    EXPECT_TRUE(engine.closes.empty());
    EXPECT_FALSE(engine->next_timeout());
}

TEST_P(Engines, LeaveAMessageItsTimeWhileTheApplicationDoesNotRead) {
    Endpoint engine = endpoint({.message_timeout = 5s, .ping_interval = std::nullopt});
    engine.receive(Bytes(frame(0x82, "message")).first(5));
    engine->set_reading(false, engine.now);
    EXPECT_FALSE(engine->next_timeout());
    engine.advance(1h);
    engine->set_reading(true, engine.now);
    EXPECT_EQ(engine->next_timeout(), engine.now + 5s);
}

TEST_P(Engines, CarryTextAndBinaryOfEveryFormOfLength) {
    for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65535U, 65536U, 200000U}) {
        Pair pair({.client_kind = &kind(), .server_kind = &kind()});
        const std::string text(size, 'x');
        Endpoint& sender = role() == Role::client ? pair.client : pair.server;
        Endpoint& receiver = role() == Role::client ? pair.server : pair.client;
        ASSERT_TRUE(sender.send(text));
        pair.drive();
        ASSERT_EQ(receiver.trace.size(), 1U);
        EXPECT_EQ(receiver.trace[0], "text \"" + text + "\"");
    }
}

TEST_P(Engines, GiveTheSameEventsForReadsOfEverySize) {
    std::vector<std::byte> bytes;
    for (const auto& piece : {frame(0x01, "He"), frame(0x89, "p"), frame(0x80, "llo"),
                              frame(0x82, std::string(300, 'b')), frame(0x88, "")}) {
        bytes.insert(bytes.end(), piece.begin(), piece.end());
    }
    Endpoint whole = endpoint();
    whole.receive(bytes);
    const auto output = whole.take_output();
    EXPECT_EQ(whole.trace.size(), 4U);
    for (std::size_t read = 1; read < bytes.size(); ++read) {
        Endpoint split = endpoint();
        split.receive(bytes, read);
        ASSERT_EQ(split.trace, whole.trace) << read;
        ASSERT_EQ(split.take_output(), output) << read;
    }
}

TEST_P(Engines, AnswerEveryPing) {
    Endpoint engine = endpoint();
    engine.receive(frame(0x89, "one"));
    engine.receive(frame(0x89, ""));
    const auto output = engine.take_output();
    const std::size_t masked = role() == Role::client ? 4 : 0;
    EXPECT_EQ(output.size(), 2 + masked + 3 + 2 + masked);
    EXPECT_EQ(std::to_integer<unsigned>(output[0]), 0x8aU);
}

TEST_P(Engines, TellTheRoundTripOfAPing) {
    Pair pair({.client_kind = &kind(), .server_kind = &kind()});
    Endpoint& engine = role() == Role::client ? pair.client : pair.server;
    ASSERT_TRUE(engine->send_ping(as_bytes("far?"), engine.now));
    pair.drive();
    EXPECT_EQ(engine.trace, (test::Trace{"pong \"far?\" +0ms"}));
}

TEST_P(Engines, CloseCleanlyFromEitherSide) {
    for (const bool begin : {true, false}) {
        Pair pair({.client_kind = &kind(), .server_kind = &kind()});
        Endpoint& engine = role() == Role::client ? pair.client : pair.server;
        Endpoint& other = role() == Role::client ? pair.server : pair.client;
        ASSERT_TRUE((begin ? engine : other).close(CloseCode{4000}, "bye"));
        pair.drive();
        ASSERT_EQ(engine.closes.size(), 1U);
        EXPECT_EQ(engine.closes[0].code, CloseCode{4000});
        EXPECT_EQ(engine.closes[0].reason, "bye");
        EXPECT_TRUE(engine.closes[0].clean);
        EXPECT_EQ(engine.closes[0].by_peer, !begin);
        EXPECT_FALSE(engine.closes[0].error);
        EXPECT_EQ(engine.send("late"), std::unexpected(UsageError::closed));
    }
}

// RFC 6455 sections 5.5.1 and 7.1.5: a Close may have no body, and counts as 1005 then.
TEST_P(Engines, SendACloseWithoutACode) {
    Pair pair({.client_kind = &kind(), .server_kind = &kind()});
    Endpoint& engine = role() == Role::client ? pair.client : pair.server;
    Endpoint& other = role() == Role::client ? pair.server : pair.client;
    ASSERT_TRUE(engine.close(CloseCode::no_status));
    pair.drive();
    for (const Endpoint* side : {&engine, &other}) {
        ASSERT_EQ(side->closes.size(), 1U);
        EXPECT_EQ(side->closes[0].code, CloseCode::no_status);
        EXPECT_EQ(side->closes[0].reason, "");
        EXPECT_TRUE(side->closes[0].clean);
    }
    EXPECT_EQ(engine.closes[0].own_code, CloseCode::no_status);
}

TEST_P(Engines, SendWhatWasQueuedBeforeTheClose) {
    Pair pair({.client_kind = &kind(), .server_kind = &kind()});
    Endpoint& engine = role() == Role::client ? pair.client : pair.server;
    Endpoint& other = role() == Role::client ? pair.server : pair.client;
    ASSERT_TRUE(engine.send("last words"));
    ASSERT_TRUE(engine.close());
    pair.drive();
    EXPECT_EQ(other.trace.front(), "text \"last words\"");
}

TEST_P(Engines, RefuseToSendACloseThatMayNotTravel) {
    Endpoint engine = endpoint();
    EXPECT_EQ(engine.close(CloseCode::abnormal), std::unexpected(UsageError::close_code_reserved));
    EXPECT_EQ(engine.close(CloseCode::normal, std::string(124, 'x')),
              std::unexpected(UsageError::close_reason_invalid));
    EXPECT_TRUE(engine->open());
}

TEST_P(Engines, RefuseToSendTextThatIsNotUtf8AndLongPings) {
    Endpoint engine = endpoint();
    EXPECT_EQ(engine.send("\xff"), std::unexpected(UsageError::text_not_utf8));
    const std::string payload(126, 'x');
    EXPECT_EQ(engine->send_ping(as_bytes(payload), engine.now),
              std::unexpected(UsageError::control_too_long));
}

TEST_P(Engines, F02_RefuseALengthThatIsNotMinimal) {
    auto bytes = frame(0x82, std::string(126, 'x'));
    bytes[3] = std::byte{1};
    expect_failure(bytes, CloseCode::protocol_error);
}

TEST_P(Engines, F05_RefuseReservedBits) {
    for (const unsigned first : {0xc1U, 0xa1U, 0x91U, 0xc9U})
        expect_failure(frame(first, "x"), CloseCode::protocol_error);
}

TEST_P(Engines, F06_RefuseUnknownOpcodes) {
    for (const unsigned first : {0x83U, 0x87U, 0x8bU, 0x8fU})
        expect_failure(frame(first, "x"), CloseCode::protocol_error);
}

TEST_P(Engines, F07_RefuseTheWrongMasking) {
    const bool server = role() == Role::server;
    expect_failure(server ? wire("81 01 61") : wire("81 81 00000000 61"),
                   CloseCode::protocol_error);
}

TEST_P(Engines, F08_RefuseControlFramesThatAreFragmentedOrLong) {
    expect_failure(frame(0x09, "x"), CloseCode::protocol_error);
    expect_failure(frame(0x89, std::string(126, 'x')), CloseCode::protocol_error);
}

TEST_P(Engines, F09_RefuseFramesOutOfOrder) {
    expect_failure(frame(0x80, "x"), CloseCode::protocol_error);
    auto nested = frame(0x01, "a");
    const auto second = frame(0x81, "b");
    nested.insert(nested.end(), second.begin(), second.end());
    expect_failure(nested, CloseCode::protocol_error);
}

TEST_P(Engines, F10_RefuseCloseCodesThatMayNotTravel) {
    for (const char* payload : {"\x03", "\x03\xe7", "\x03\xec", "\x03\xed", "\x03\xee", "\x03\xf7",
                                "\x0b\xb7", "\x13\x88"}) {
        expect_failure(frame(0x88, payload), CloseCode::protocol_error);
    }
}

TEST_P(Engines, F13_RefuseTextThatIsNotUtf8) {
    expect_failure(frame(0x81, "ok \xed\xa0\x80"), CloseCode::invalid_payload);
    expect_failure(frame(0x01, "\xf4\x90"), CloseCode::invalid_payload);
}

TEST_P(Engines, F01_RefuseADeclaredLengthOverTheLimit) {
    const bool server = role() == Role::server;
    expect_failure(
        server ? wire("82 ff 0000000100000000 00000000 00") : wire("82 7f 0000000100000000 00"),
        CloseCode::message_too_big);
}

TEST_P(Engines, L07_RefuseEndlessEmptyFragments) {
    Endpoint engine = endpoint({.max_message_bytes = 1000, .fragment_charge_bytes = 64});
    engine.receive(frame(0x01, ""));
    for (int i = 0; i < 20; ++i) engine.receive(frame(0x00, ""));
    ASSERT_EQ(engine.closes.size(), 1U);
    EXPECT_EQ(engine.closes[0].code, CloseCode::policy_violation);
}

TEST_P(Engines, L09_OweABoundedNumberOfPongs) {
    Endpoint engine = endpoint({.max_message_bytes = 1000, .max_buffered_bytes = 10000});
    for (int i = 0; i < 10000; ++i) engine.receive(frame(0x89, std::string(125, 'p')));
    EXPECT_LT(engine->buffered_bytes(), 100000U);
}

TEST_P(Engines, L11_RefuseMessagesOverTheCap) {
    Endpoint engine = endpoint({.max_buffered_bytes = 100});
    ASSERT_TRUE(engine.send(std::string(200, 'x')));
    EXPECT_EQ(engine.send("x"), std::unexpected(UsageError::queue_full));
    (void)engine.take_output();
    EXPECT_TRUE(engine.send("x"));
}

TEST_P(Engines, F11_TellAnEndWithoutACloseAsAbnormal) {
    Endpoint engine = endpoint();
    engine.receive_end();
    ASSERT_EQ(engine.closes.size(), 1U);
    EXPECT_EQ(engine.closes[0].code, CloseCode::abnormal);
    EXPECT_EQ(engine.closes[0].error, TransportError::closed_early);
    engine.receive_end();
    EXPECT_EQ(engine.closes.size(), 1U);
}

TEST_P(Engines, PingASilentPeerAndGiveItUp) {
    Endpoint engine = endpoint({.ping_interval = 20s, .pong_timeout = 20s});
    engine.advance(20s);
    EXPECT_FALSE(engine.take_output().empty());
    engine.advance(20s);
    ASSERT_EQ(engine.closes.size(), 1U);
    EXPECT_EQ(engine.closes[0].error, TransportError::ping_timeout);
}

TEST_P(Engines, WaitOnForASilentPeerThatIsKnownToLive) {
    Endpoint engine = endpoint({.ping_interval = 20s, .pong_timeout = 20s});
    engine.advance(39s);
    engine->wait_on(engine.now);
    engine.advance(19s);
    EXPECT_TRUE(engine.closes.empty());
    engine.advance(1s);
    EXPECT_EQ(engine.closes.size(), 1U);
}

TEST_P(Engines, SendPongsToASilentPeerWhileTheApplicationDoesNotRead) {
    Endpoint engine = endpoint({.ping_interval = 20s, .pong_timeout = 20s});
    engine->set_reading(false, engine.now);
    engine.advance(10s);
    const auto pong = engine.take_output();
    EXPECT_EQ(pong.at(0), std::byte{0x8a});
    engine.advance(10s);
    EXPECT_EQ(engine.take_output().size(), pong.size());
    EXPECT_TRUE(engine.closes.empty());
}

TEST_P(Engines, DoNotHeapPongsUpForAPeerThatTakesNothing) {
    Endpoint engine = endpoint({.ping_interval = 20s});
    engine->set_reading(false, engine.now);
    engine.advance(10s);
    const std::size_t one = engine->buffered_bytes();
    engine.advance(1h);
    EXPECT_EQ(engine->buffered_bytes(), one);
}

TEST_P(Engines, F11_GiveUpAPeerThatDoesNotAnswerAClose) {
    Endpoint engine = endpoint({.close_timeout = 10s});
    ASSERT_TRUE(engine.close());
    engine.advance(9s);
    EXPECT_TRUE(engine.closes.empty());
    engine.advance(1s);
    ASSERT_EQ(engine.closes.size(), 1U);
    EXPECT_EQ(engine.closes[0].error, TransportError::close_timeout);
}

TEST_P(Engines, FailWithTheCodeOfTheCaller) {
    Endpoint engine = endpoint();
    engine->fail(CloseCode::internal_error, UsageError::handler_threw, engine.now);
    engine.poll();
    ASSERT_EQ(engine.closes.size(), 1U);
    EXPECT_EQ(engine.closes[0].code, CloseCode::internal_error);
    EXPECT_FALSE(engine.take_output().empty());
}

std::vector<const EngineKind*> every_engine() {
    std::vector<const EngineKind*> engines{&websocket::native_engine()};
#ifdef TAUTLINE_WITH_WSLAY
    engines.push_back(&websocket::wslay_engine());
#endif
    return engines;
}

INSTANTIATE_TEST_SUITE_P(Every, Engines,
                         testing::Combine(testing::ValuesIn(every_engine()),
                                          testing::Values(Role::server, Role::client)),
                         [](const testing::TestParamInfo<Parameter>& test) {
                             return std::string(std::get<0>(test.param)->name) +
                                    (std::get<1>(test.param) == Role::server ? "AsServer"
                                                                             : "AsClient");
                         });

}  // namespace
}  // namespace tautline
