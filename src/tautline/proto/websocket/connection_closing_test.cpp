// SPDX-License-Identifier: MIT
// How a connection ends: attack rows F10 to F12.
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/pair.hpp>
#include <tests/support/wire.hpp>

#include <tautline/proto/websocket/connection.hpp>

namespace tautline::websocket {
namespace {

using namespace std::chrono_literals;
using test::Endpoint;
using test::frame;
using test::FrameBytes;
using test::Pair;
using test::Trace;
using test::wire;

class ConnectionClosing : public testing::TestWithParam<Role> {
protected:
    [[nodiscard]] static Role local() { return GetParam(); }
    [[nodiscard]] static FrameBytes from_peer(unsigned first, std::string_view payload) {
        return frame(test::peer_of(local()), first, payload);
    }
    // What the peer of `endpoint` is told by what it has sent.
    static Trace told_to_peer(Endpoint& endpoint) {
        Endpoint peer({.role = test::peer_of(endpoint.role)});
        peer.receive(endpoint.take_output());
        return peer.trace;
    }

    Endpoint endpoint_{{.role = local()}};
};

INSTANTIATE_TEST_SUITE_P(BothRoles, ConnectionClosing, testing::Values(Role::client, Role::server),
                         [](const auto& role) {
                             return role.param == Role::client ? "Client" : "Server";
                         });

TEST_P(ConnectionClosing, AnswersAPeerThatBegins) {
    endpoint_.receive(from_peer(0x88, "\x03\xe9going"));

    EXPECT_EQ(endpoint_.trace, (Trace{"closing 1001 peer", "closed 1001 \"going\" clean peer"}));
    EXPECT_EQ(told_to_peer(endpoint_), (Trace{"closing 1001 peer", "closed 1001 \"\" clean peer"}));
}

// RFC 6455 section 5.5.1.
TEST_P(ConnectionClosing, AnswersAnEmptyCloseWithAnEmptyClose) {
    endpoint_.receive(from_peer(0x88, ""));

    EXPECT_EQ(endpoint_.trace, (Trace{"closing 1005 peer", "closed 1005 \"\" clean peer"}));
    EXPECT_EQ(endpoint_.take_output().size(), local() == Role::client ? 6U : 2U);
}

TEST_P(ConnectionClosing, PutsItsAnswerBehindQueuedMessages) {
    ASSERT_TRUE(endpoint_.send("queued"));

    endpoint_.receive(from_peer(0x88, "\x03\xe8"));

    EXPECT_EQ(told_to_peer(endpoint_),
              (Trace{"text \"queued\"", "closing 1000 peer", "closed 1000 \"\" clean peer"}));
}

TEST_P(ConnectionClosing, IsNotOpenFromTheFirstCloseOn) {
    EXPECT_TRUE(endpoint_->open());
    EXPECT_EQ(endpoint_->close_deadline(), std::nullopt);

    ASSERT_TRUE(endpoint_.close());

    EXPECT_FALSE(endpoint_->open());
    EXPECT_FALSE(endpoint_->ended());
    EXPECT_EQ(endpoint_->close_deadline(), endpoint_.now + 10s);
}

TEST_P(ConnectionClosing, EndsWhenItsCloseIsAnswered) {
    ASSERT_TRUE(endpoint_.close(CloseCode{4000}, "bye"));

    endpoint_.receive(from_peer(0x88, "\x0f\xa0"));

    EXPECT_EQ(endpoint_.trace, (Trace{"closing 4000", "closed 4000 \"bye\" clean"}));
    EXPECT_TRUE(endpoint_->ended());
}

TEST_P(ConnectionClosing, SendsOneCloseOnly) {
    ASSERT_TRUE(endpoint_.close());
    endpoint_.receive(from_peer(0x88, "\x03\xe8"));

    EXPECT_EQ(told_to_peer(endpoint_), (Trace{"closing 1000 peer", "closed 1000 \"\" clean peer"}));
    EXPECT_TRUE(endpoint_.take_output().empty());
}

TEST_P(ConnectionClosing, StillDeliversMessagesUntilThePeersClose) {
    ASSERT_TRUE(endpoint_.close());

    endpoint_.receive(test::joined({from_peer(0x81, "late"), from_peer(0x88, "\x03\xe8")}));

    EXPECT_EQ(endpoint_.trace, (Trace{"closing 1000", "text \"late\"", "closed 1000 \"\" clean"}));
}

// RFC 6455 section 5.5.2: a Ping is answered until a Close was received.
TEST_P(ConnectionClosing, StillAnswersPingsUntilThePeersClose) {
    ASSERT_TRUE(endpoint_.close());
    std::ignore = endpoint_.take_output();

    endpoint_.receive(from_peer(0x89, "there?"));

    EXPECT_FALSE(endpoint_.take_output().empty());
}

TEST_P(ConnectionClosing, F10_RefusesEveryCloseCodeThatNeverTravels) {
    for (const auto* code :
         {"0000", "03e7", "03ec", "03ed", "03ee", "03f7", "03f8", "0bb7", "1388", "ffff"}) {
        Endpoint endpoint({.role = local()});

        endpoint.receive(frame(test::peer_of(local()), 0x88, Bytes(wire(code))));

        EXPECT_EQ(endpoint.trace,
                  (Trace{"closed 1002 \"close code not allowed\" close_code_invalid"}))
            << code;
    }
}

TEST_P(ConnectionClosing, F10_RefusesHalfACode) {
    endpoint_.receive(from_peer(0x88, "\x03"));

    EXPECT_EQ(endpoint_.trace, (Trace{"closed 1002 \"close code cut off\" close_payload_short"}));
}

TEST_P(ConnectionClosing, F10_RefusesAReasonThatIsNotUtf8) {
    endpoint_.receive(from_peer(0x88, "\x03\xe8\xff"));

    EXPECT_EQ(endpoint_.trace,
              (Trace{"closed 1007 \"close reason not UTF-8\" close_reason_not_utf8"}));
}

TEST_P(ConnectionClosing, F10_RefusesAReasonCutInsideACharacter) {
    endpoint_.receive(from_peer(0x88, "\x03\xe8\xe2\x82"));

    EXPECT_EQ(endpoint_.closes.at(0).code, CloseCode::invalid_payload);
}

TEST_P(ConnectionClosing, F10_TakesAReasonOf123Bytes) {
    endpoint_.receive(from_peer(0x88, "\x03\xe8" + std::string(123, 'r')));

    EXPECT_EQ(endpoint_.closes.at(0).reason, std::string(123, 'r'));
}

TEST_P(ConnectionClosing, F10_RefusesAReasonOf124Bytes) {
    endpoint_.receive(from_peer(0x88, "\x03\xe8" + std::string(124, 'r')));

    EXPECT_EQ(endpoint_.trace, (Trace{"closed 1002 \"control frame too long\" control_too_long"}));
}

TEST_P(ConnectionClosing, F10_RefusesToSendWhatNeverTravels) {
    EXPECT_EQ(endpoint_.close(CloseCode::abnormal).error(), UsageError::close_code_reserved);
    EXPECT_EQ(endpoint_.close(CloseCode{1004}).error(), UsageError::close_code_reserved);
    EXPECT_EQ(endpoint_.close(CloseCode{5000}).error(), UsageError::close_code_reserved);
    EXPECT_EQ(endpoint_.close(CloseCode::normal, std::string(124, 'r')).error(),
              UsageError::close_reason_invalid);
    EXPECT_EQ(endpoint_.close(CloseCode::normal, "\xff").error(), UsageError::close_reason_invalid);
    EXPECT_EQ(endpoint_.close(CloseCode::no_status, "why").error(),
              UsageError::close_reason_invalid);
    EXPECT_TRUE(endpoint_->open());
    EXPECT_TRUE(endpoint_.take_output().empty());
}

// RFC 6455 section 5.5.1: a Close may have no body.
TEST_P(ConnectionClosing, SendsACloseWithoutACode) {
    EXPECT_TRUE(endpoint_.close(CloseCode::no_status));
    endpoint_.receive(from_peer(0x88, ""));

    ASSERT_EQ(endpoint_.closes.size(), 1U);
    EXPECT_EQ(endpoint_.closes[0].code, CloseCode::no_status);
    EXPECT_EQ(endpoint_.closes[0].own_code, CloseCode::no_status);
    EXPECT_TRUE(endpoint_.closes[0].clean);
}

TEST_P(ConnectionClosing, F12_SendsAReasonWithANulAsItIs) {
    ASSERT_TRUE(endpoint_.close(CloseCode::normal, std::string_view("a\0b", 3)));

    EXPECT_EQ(told_to_peer(endpoint_).at(1),
              "closed 1000 \"" + std::string("a\0b", 3) + "\" clean peer");
}

TEST_P(ConnectionClosing, F11_IgnoresDataAfterThePeersClose) {
    endpoint_.receive(test::joined({from_peer(0x88, "\x03\xe8"), from_peer(0x81, "late")}));

    EXPECT_EQ(endpoint_.trace, (Trace{"closing 1000 peer", "closed 1000 \"\" clean peer"}));
}

TEST_P(ConnectionClosing, F11_IgnoresASecondClose) {
    endpoint_.receive(from_peer(0x88, "\x03\xe8"));
    endpoint_.receive(from_peer(0x88, "\x03\xe9"));

    EXPECT_EQ(endpoint_.closes.size(), 1U);
}

TEST_P(ConnectionClosing, F11_TellsTheEndOnceWhenTheStreamBreaksWhileClosing) {
    ASSERT_TRUE(endpoint_.close());

    endpoint_.receive_end(std::make_error_code(std::errc::connection_reset));
    endpoint_.receive_end();

    EXPECT_EQ(endpoint_.trace.size(), 2U);
    EXPECT_EQ(endpoint_.closes.at(0).code, CloseCode::normal);
    EXPECT_EQ(endpoint_.closes.at(0).error, std::errc::connection_reset);
    EXPECT_FALSE(endpoint_.closes.at(0).clean);
}

TEST_P(ConnectionClosing, F11_GivesUpOnAPeerThatNeverAnswers) {
    ASSERT_TRUE(endpoint_.close(CloseCode::normal, "bye"));
    EXPECT_EQ(endpoint_->next_timeout(), endpoint_.now + 10s);

    endpoint_.advance(10s - 1ns);
    EXPECT_FALSE(endpoint_->ended());
    endpoint_.advance(1ns);

    EXPECT_EQ(endpoint_.trace, (Trace{"closing 1000", "closed 1000 \"bye\" close_timeout"}));
    EXPECT_EQ(endpoint_->next_timeout(), std::nullopt);
}

TEST_P(ConnectionClosing, F11_GivesUpEvenWhenThePeerGoesOnSending) {
    ASSERT_TRUE(endpoint_.close());
    for (int second = 0; second < 10; ++second) {
        endpoint_.receive(from_peer(0x81, "x"));
        endpoint_.advance(1s);
    }

    EXPECT_EQ(endpoint_.closes.size(), 1U);
    EXPECT_EQ(endpoint_.closes.at(0).error, TransportError::close_timeout);
}

TEST_P(ConnectionClosing, HasADeadlineForItsAnswer) {
    endpoint_.receive(from_peer(0x88, "\x03\xe8"));

    EXPECT_EQ(endpoint_->close_deadline(), endpoint_.now + 10s);
}

TEST_P(ConnectionClosing, IsAbnormalWhenTheStreamJustEnds) {
    endpoint_.receive_end();

    EXPECT_EQ(endpoint_.trace, (Trace{"closed 1006 \"\" closed_early"}));
    EXPECT_TRUE(endpoint_.take_output().empty());
}

TEST_P(ConnectionClosing, FlushesRepliesToAPeerThatEndedItsHalf) {
    ASSERT_TRUE(endpoint_.send("reply"));

    endpoint_.receive_end();

    EXPECT_EQ(told_to_peer(endpoint_), (Trace{"text \"reply\""}));
}

TEST_P(ConnectionClosing, DropsEverythingWhenTheStreamBreaks) {
    ASSERT_TRUE(endpoint_.send("reply"));

    endpoint_.receive_end(std::make_error_code(std::errc::connection_reset));

    EXPECT_EQ(endpoint_.closes.at(0).code, CloseCode::abnormal);
    EXPECT_EQ(endpoint_.closes.at(0).error, std::errc::connection_reset);
    EXPECT_EQ(endpoint_->buffered_bytes(), 0U);
    EXPECT_EQ(endpoint_->close_deadline(), endpoint_.now);
}

TEST_P(ConnectionClosing, KeepsOurCodeWhenThePeerEndsTheStreamUnasked) {
    ASSERT_TRUE(endpoint_.close(CloseCode::going_away));

    endpoint_.receive_end();

    EXPECT_EQ(endpoint_.trace, (Trace{"closing 1001", "closed 1001 \"\" closed_early"}));
}

TEST_P(ConnectionClosing, RefusesCommandsAfterTheClose) {
    ASSERT_TRUE(endpoint_.close());

    EXPECT_EQ(endpoint_.close().error(), UsageError::closed);
    EXPECT_EQ(endpoint_.send("a").error(), UsageError::closed);
    EXPECT_EQ(endpoint_->send_part(MessageType::text, {}, true, {}).error(), UsageError::closed);
    EXPECT_EQ(endpoint_->send_ping({}, endpoint_.now).error(), UsageError::closed);
    EXPECT_EQ(endpoint_->send_pong({}).error(), UsageError::closed);
}

TEST_P(ConnectionClosing, FailsWithACloseBehindAStartedFrame) {
    ASSERT_TRUE(endpoint_.send("started"));
    ASSERT_TRUE(endpoint_.send("dropped"));
    auto output = endpoint_.take_output(3);

    endpoint_->fail(CloseCode::internal_error, std::make_error_code(std::errc::io_error),
                    endpoint_.now);
    endpoint_.poll();
    const auto rest = endpoint_.take_output();
    output.insert(output.end(), rest.begin(), rest.end());

    EXPECT_EQ(endpoint_.closes.at(0).code, CloseCode::internal_error);
    EXPECT_EQ(endpoint_.closes.at(0).error, std::errc::io_error);
    Endpoint peer({.role = test::peer_of(local())});
    peer.receive(output);
    EXPECT_EQ(peer.trace,
              (Trace{"text \"started\"", "closing 1011 peer", "closed 1011 \"\" clean peer"}));
}

TEST_P(ConnectionClosing, FailsOnce) {
    endpoint_->fail(CloseCode::internal_error, {}, endpoint_.now);
    endpoint_->fail(CloseCode::going_away, {}, endpoint_.now);
    endpoint_.receive(from_peer(0x81, "late"));
    endpoint_.receive_end();
    endpoint_.poll();

    EXPECT_EQ(endpoint_.trace, (Trace{"closed 1011 \"\""}));
}

TEST_P(ConnectionClosing, SendsNoCloseWithACodeThatNeverTravels) {
    endpoint_->fail(CloseCode::abnormal, {}, endpoint_.now);

    EXPECT_TRUE(endpoint_.take_output().empty());
}

TEST_P(ConnectionClosing, AnswersWhatCameBeforeThePeersMistake) {
    endpoint_.on_event = [&](const Event& event) {
        if (!std::holds_alternative<MessageReceived>(event)) return;
        EXPECT_TRUE(endpoint_.send("answer"));
    };

    endpoint_.receive(test::joined({from_peer(0x81, "fine"), from_peer(0x83, "")}));

    EXPECT_EQ(told_to_peer(endpoint_), (Trace{"text \"answer\"", "closing 1002 peer",
                                              "closed 1002 \"unknown opcode\" clean peer"}));
}

TEST_P(ConnectionClosing, KeepsItsFirstCloseWhenThePeerErrsWhileClosing) {
    ASSERT_TRUE(endpoint_.send("queued"));
    ASSERT_TRUE(endpoint_.close(CloseCode::going_away));

    endpoint_.receive(from_peer(0x83, ""));

    EXPECT_EQ(endpoint_.trace, (Trace{"closing 1001", "closed 1001 \"\" opcode_unknown"}));
    EXPECT_EQ(told_to_peer(endpoint_),
              (Trace{"text \"queued\"", "closing 1001 peer", "closed 1001 \"\" clean peer"}));
}

TEST_P(ConnectionClosing, DropsDataAndKeepsItsFirstCloseWhenItGivesUpWhileClosing) {
    ASSERT_TRUE(endpoint_.send("dropped"));
    ASSERT_TRUE(endpoint_.close(CloseCode::going_away));

    endpoint_->fail(CloseCode::internal_error, {}, endpoint_.now);
    endpoint_.poll();

    EXPECT_EQ(endpoint_.trace, (Trace{"closing 1001", "closed 1001 \"\""}));
    EXPECT_EQ(told_to_peer(endpoint_), (Trace{"closing 1001 peer", "closed 1001 \"\" clean peer"}));
}

TEST(ConnectionPair, F11_EndsCleanlyWhenClosesCross) {
    Pair pair;
    ASSERT_TRUE(pair.client.close(CloseCode{4000}));
    ASSERT_TRUE(pair.server.close(CloseCode{4001}));

    pair.drive();

    EXPECT_EQ(pair.client.trace, (Trace{"closing 4000", "closed 4001 \"\" clean"}));
    EXPECT_EQ(pair.server.trace, (Trace{"closing 4001", "closed 4000 \"\" clean"}));
}

}  // namespace
}  // namespace tautline::websocket
