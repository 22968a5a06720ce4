// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/connection.hpp>

#include <array>

#include <gtest/gtest.h>
#include <tests/support/h2_wire.hpp>

namespace tautline::h2 {
namespace {

using test::exchange;
using test::frame;
using test::H2Endpoint;
using test::H2Frame;
using test::H2WireClient;
using test::H2WireServer;
using test::headers_frame;
using test::kEndHeaders;
using test::kEndStream;
using test::kPadded;
using test::settings_frame;
using test::websocket_fields;
using Trace = std::vector<std::string>;

const StreamId kFirst{1};

Request websocket_request() {
    return {.head = {.method = "CONNECT", .target = "/chat", .version_minor = 1, .fields = {}},
            .protocol = "websocket",
            .scheme = "https",
            .authority = "example.org"};
}

// A client and a server, both of them ours, after their SETTINGS.
struct Both {
    explicit Both(const Options& client_options = {}, const Options& server_options = {})
        : client(Role::client, client_options), server(Role::server, server_options) {
        exchange(client, server);
        client.trace.clear();
        server.trace.clear();
    }
    // Opens a WebSocket on both sides.
    StreamId open() {
        const StreamId id = *client.connection.send_request(websocket_request());
        exchange(client, server);
        EXPECT_TRUE(server.connection.send_response(id, {}, false));
        exchange(client, server);
        client.trace.clear();
        server.trace.clear();
        return id;
    }
    H2Endpoint client;
    H2Endpoint server;
};

// ── the beginning ──

// RFC 8441 section 3. Firefox wants it before all others.
TEST(H2Protocol, SaysFirstThatItTakesExtendedConnect) {
    const H2WireServer server;

    const H2Frame& settings = server.greeting[0];
    EXPECT_EQ(settings.type, 0x4);
    EXPECT_EQ(settings.payload.substr(0, 6), test::big_endian(0x8, 2) + test::big_endian(1, 4));
}

TEST(H2Protocol, AClientTakesNoPushes) {
    const H2WireClient client;

    EXPECT_EQ(client.greeting[0].payload.substr(0, 6),
              test::big_endian(0x2, 2) + test::big_endian(0, 4));
}

TEST(H2Protocol, TellsTheSettingsOfThePeerOnce) {
    H2WireClient client;
    client.receive(settings_frame({{0x8, 1}}));

    EXPECT_EQ(client.trace, Trace{"settings connect"});
}

TEST(H2Protocol, CarriesAWebSocketBothWays) {
    Both both;
    const StreamId id = *both.client.connection.send_request(websocket_request());
    exchange(both.client, both.server);
    EXPECT_TRUE(both.server.connection.send_response(id, {.status = 200}, false));
    EXPECT_EQ(both.server.write(id, "welcome"), 7U);
    exchange(both.client, both.server);
    EXPECT_EQ(both.client.write(id, "hello"), 5U);
    both.client.connection.finish(id);
    exchange(both.client, both.server);
    both.server.connection.finish(id);
    exchange(both.client, both.server);

    EXPECT_EQ(both.client.trace,
              (Trace{"response 1 200", "data 1 welcome", "end 1", "closed 1 no_error"}));
    EXPECT_EQ(both.server.trace, (Trace{"request 1 CONNECT websocket /chat", "data 1 hello",
                                        "end 1", "closed 1 no_error"}));
}

TEST(H2Protocol, WritesManyPiecesIntoOneFrame) {
    Both both;
    const StreamId id = both.open();
    const std::array pieces = {as_bytes("one "), Bytes(), as_bytes("frame")};

    EXPECT_EQ(both.client.connection.write(id, pieces), 9U);

    const auto frames = both.client.send_frames();
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].payload, "one frame");
}

TEST(H2Protocol, EveryCutGivesTheSameEvents) {
    const std::string bytes =
        headers_frame(1, websocket_fields()) + frame(0x0, 0, 1, "hello") +
        frame(0x0, kPadded, 1, std::string("\x03", 1) + "padded" + std::string(3, '\0')) +
        frame(0x6, 0, 0, "12345678") + frame(0x0, kEndStream, 1, "!");
    H2WireServer whole;
    whole.receive(bytes);
    EXPECT_EQ(whole.trace,
              (Trace{"request 1 CONNECT websocket /chat", "data 1 hellopadded!", "end 1"}));

    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        H2WireServer parts;
        parts.receive(std::string_view(bytes).substr(0, cut));
        parts.receive(std::string_view(bytes).substr(cut));
        EXPECT_EQ(parts.trace, whole.trace) << cut;
    }
}

TEST(H2Protocol, TakesAFewBytesAtATime) {
    H2WireServer server;
    std::vector<std::byte> bytes(100'000, std::byte{0});

    EXPECT_EQ(server.connection.receive(bytes, {}), 16'384U);
}

TEST(H2Protocol, TellsOrdinaryRequestsAndTheirEnd) {
    H2WireServer server;

    server.receive(headers_frame(
        1, {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a"}},
        kEndHeaders | kEndStream));

    EXPECT_EQ(server.trace, (Trace{"request 1 GET  /", "end 1"}));
}

TEST(H2Protocol, LeavesOutTrailersAndInterimResponses) {
    H2WireClient client;
    const auto id = client.connection.send_request(websocket_request());
    (void)client.send();
    client.trace.clear();

    client.receive(headers_frame(1, {{":status", "103"}}) +
                   headers_frame(1, {{":status", "404"}, {"a", "b"}}) + frame(0x0, 0, 1, "no") +
                   headers_frame(1, {{"trailer", "x"}}, kEndHeaders | kEndStream));

    EXPECT_EQ(id->value(), 1);
    EXPECT_EQ(client.trace, (Trace{"response 1 404", "data 1 no", "end 1"}));
}

// RFC 9110 section 15.
TEST(H2Protocol, TellsAStatusOfNoClass) {
    H2WireClient client;
    (void)client.connection.send_request(websocket_request());
    (void)client.send();
    client.trace.clear();

    client.receive(headers_frame(1, {{":status", "600"}}, kEndHeaders | kEndStream));

    EXPECT_EQ(client.trace, (Trace{"response 1 600", "end 1"}));
}

TEST(H2Protocol, H15_RefusesAnEndlessChainOfInterimResponses) {
    const auto after = [](int interim) {
        H2WireClient client;
        (void)client.connection.send_request(websocket_request());
        (void)client.send();
        client.trace.clear();
        std::string heads;
        for (int i = 0; i < interim; ++i) heads += headers_frame(1, {{":status", "103"}});
        client.receive(heads + headers_frame(1, {{":status", "200"}}) + frame(0x0, 0, 1, "hello"));
        (void)client.send();
        return client.trace;
    };

    EXPECT_EQ(after(8), (Trace{"response 1 200", "data 1 hello"}));
    EXPECT_EQ(after(9), (Trace{"response 1 refused", "closed 1 enhance_your_calm"}));
    EXPECT_EQ(after(300), after(9));
}

// ── commands ──

TEST(H2Protocol, X01_SendsNoExtendedConnectToAServerThatDidNotAskForIt) {
    H2WireClient without(settings_frame({}));
    H2Endpoint early(Role::client);

    EXPECT_EQ(without.connection.send_request(websocket_request()).error(),
              UsageError::unsupported);
    EXPECT_EQ(early.connection.send_request(websocket_request()).error(), UsageError::unsupported);
}

TEST(H2Protocol, RefusesToSendWhatMayNotTravel) {
    H2WireClient client;
    Request request = websocket_request();
    request.head.fields = {{"a", "\r\n"}};

    EXPECT_EQ(client.connection.send_request(request).error(), UsageError::header_invalid);
    EXPECT_EQ(client.connection.send_response(kFirst, {.status = 101}, false).error(),
              UsageError::header_invalid);
}

TEST(H2Protocol, WritesNothingBehindARequestWithoutABody) {
    H2WireClient client;
    Request request = websocket_request();
    request.protocol.clear();
    request.head.method = "GET";

    const auto id = client.connection.send_request(request);

    EXPECT_EQ(client.write(*id, "body"), 4U);
    const auto frames = client.send_frames();
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].flags, kEndHeaders | kEndStream);
}

TEST(H2Protocol, KnowsHowManyStreamsThePeerTakes) {
    H2WireClient client(settings_frame({{0x8, 1}, {0x3, 1}}));
    EXPECT_TRUE(client.connection.can_request());

    EXPECT_TRUE(client.connection.send_request(websocket_request()));

    EXPECT_FALSE(client.connection.can_request());
}

// RFC 9113 section 8.1.1.
TEST(H2Protocol, TakesWhatIsWrittenToAStreamThatItIsAboutToReset) {
    H2WireClient client;
    const auto id = client.connection.send_request(websocket_request());
    (void)client.send();
    client.receive(headers_frame(1, {{":status", "200"}, {":status", "200"}}));

    EXPECT_EQ(client.write(*id, "late"), 4U);

    EXPECT_EQ(test::parse_frames(client.send()).back().type, 0x3);
}

TEST(H2Protocol, ResetsAStream) {
    Both both;
    const StreamId id = both.open();

    both.client.connection.reset(id, ErrorCode::cancel);
    both.client.connection.reset(id, ErrorCode::cancel);
    EXPECT_EQ(both.client.write(id, "late"), 4U);
    exchange(both.client, both.server);

    EXPECT_EQ(both.client.trace, Trace{"closed 1 cancel"});
    EXPECT_EQ(both.server.trace, Trace{"closed 1 cancel"});
}

TEST(H2Protocol, IgnoresCommandsForStreamsThatAreGone) {
    Both both;

    EXPECT_EQ(both.server.write(kFirst, "late"), 4U);
    both.server.connection.finish(kFirst);
    both.server.connection.reset(kFirst, ErrorCode::cancel);
    both.server.connection.consume(kFirst, 10);
    EXPECT_EQ(both.server.connection.send_response(kFirst, {}, true), false);

    EXPECT_EQ(both.server.send(), "");
}

TEST(H2Protocol, X02_TellsWhetherAHeadIsOnItsWay) {
    const auto sent = [](const std::string& length) {
        H2WireServer server({.max_output_bytes = 100});
        auto fields = websocket_fields();
        if (!length.empty()) fields.emplace_back("content-length", length);
        server.receive(headers_frame(1, fields) + frame(0x0, 0, 1, "x"));
        return server.connection.send_response(kFirst, {}, false);
    };

    EXPECT_EQ(sent(""), true);
    EXPECT_EQ(sent("0"), false);
}

TEST(H2Protocol, AnEndOvertakesTheResetAfterIt) {
    Both both;
    const StreamId id = both.open();
    EXPECT_EQ(both.client.write(id, "bye"), 3U);

    both.client.connection.finish(id);
    both.client.connection.reset(id, ErrorCode::cancel);
    exchange(both.client, both.server);

    EXPECT_EQ(both.server.trace, (Trace{"data 1 bye", "end 1", "closed 1 cancel"}));
}

TEST(H2Protocol, EndsAHalfOnce) {
    Both both;
    const StreamId id = both.open();

    both.client.connection.finish(id);
    both.client.connection.finish(id);
    EXPECT_EQ(both.client.write(id, "late"), 4U);
    exchange(both.client, both.server);

    EXPECT_EQ(both.server.trace, Trace{"end 1"});
}

TEST(H2Protocol, AStreamWithoutAnAnswerTakesNothing) {
    H2WireServer server;
    server.receive(headers_frame(1, websocket_fields()));

    EXPECT_EQ(server.write(kFirst, "early"), 0U);

    EXPECT_EQ(server.connection.poll_writable(), std::nullopt);
}

TEST(H2Protocol, AnOpenStreamTakesEverythingWhenTheConnectionIsOver) {
    Both both;
    const StreamId id = both.open();
    both.client.receive(frame(0x6, 0, 0, "short"));
    (void)both.client.send();

    EXPECT_EQ(both.client.write(id, "late"), 4U);
    EXPECT_EQ(both.client.connection.send_request(websocket_request()).error(), UsageError::closed);
}

TEST(H2Protocol, LeavesAnswersAloneThatItDidNotAskFor) {
    H2WireServer server;

    server.receive(frame(0x6, 0x1, 0, "12345678"));

    EXPECT_EQ(server.send(), "");
}

// ── GOAWAY ──

TEST(H2Protocol, GoAwayOfAServerWithoutStreamsIsFinal) {
    H2WireServer server;

    server.connection.go_away();

    EXPECT_EQ(server.send_frames().size(), 1U);
    server.poll();
    EXPECT_EQ(server.trace, Trace{"over no_error"});
    EXPECT_FALSE(server.connection.can_request());
}

TEST(H2Protocol, GoAwayServesWhatIsOnItsWay) {
    Both both;
    const StreamId id = both.open();

    both.server.connection.go_away();
    both.server.connection.go_away();
    const std::string notice = both.server.send();
    EXPECT_TRUE(both.client.connection.send_request(websocket_request()));
    both.server.receive(both.client.send());
    both.client.receive(notice);
    exchange(both.client, both.server);
    EXPECT_EQ(both.server.trace, Trace{"request 3 CONNECT websocket /chat"});
    EXPECT_EQ(both.client.connection.send_request(websocket_request()).error(), UsageError::closed);
    both.client.connection.reset(id, ErrorCode::cancel);
    both.client.connection.reset(StreamId(3), ErrorCode::cancel);
    exchange(both.client, both.server);

    EXPECT_EQ(both.server.trace.back(), "over no_error");
    EXPECT_EQ(both.client.trace.back(), "over no_error");
}

TEST(H2Protocol, GoAwayOfAClientEndsAfterItsStreams) {
    Both both;
    const StreamId id = both.open();

    both.client.connection.go_away();
    exchange(both.client, both.server);
    EXPECT_FALSE(both.client.connection.can_request());
    EXPECT_EQ(both.client.connection.send_request(websocket_request()).error(), UsageError::closed);
    both.client.connection.reset(id, ErrorCode::cancel);
    exchange(both.client, both.server);

    EXPECT_EQ(both.client.trace, (Trace{"closed 1 cancel", "over no_error"}));
}

TEST(H2Protocol, X07_GoAwayClosesTheStreamsThatItLeavesOut) {
    H2WireClient client;
    (void)client.connection.send_request(websocket_request());
    (void)client.connection.send_request(websocket_request());
    (void)client.send();
    client.trace.clear();

    client.receive(frame(0x7, 0, 0, test::big_endian(1, 4) + test::big_endian(0xb, 4)));

    EXPECT_EQ(client.trace, (Trace{"goaway enhance_your_calm", "closed 3 refused_stream"}));
    EXPECT_FALSE(client.connection.can_request());
}

TEST(H2Protocol, X07_GoAwayRefusesARequestThatWaitsToBeSent) {
    H2WireClient client;
    (void)client.connection.send_request(websocket_request());
    client.trace.clear();

    client.receive(frame(0x7, 0, 0, test::big_endian(1, 4) + test::big_endian(0, 4)));
    (void)client.send();
    client.receive("");

    EXPECT_EQ(client.trace[1], "closed 1 refused_stream");
}

TEST(H2Protocol, SaysNothingMoreOnceItIsOver) {
    H2Endpoint server(Role::server);
    server.receive("GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(server.trace, Trace{"over protocol_error"});

    server.receive("more");
    server.connection.go_away();

    EXPECT_EQ(server.trace.size(), 1U);
    EXPECT_EQ(server.write(kFirst, "x"), 1U);
    EXPECT_FALSE(server.connection.can_request());
}

}  // namespace
}  // namespace tautline::h2
