// SPDX-License-Identifier: MIT
// Rows X01 to X04 of the attacks: a peer that breaks rules, or wears us out within them.
#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>
#include <tests/support/h2_wire.hpp>

#include <tautline/proto/h2/connection.hpp>

namespace tautline::h2 {
namespace {

using test::big_endian;
using test::frame;
using test::H2Fields;
using test::H2Frame;
using test::H2WireClient;
using test::H2WireServer;
using test::headers_frame;
using test::kEndHeaders;
using test::kEndStream;
using test::settings_frame;
using test::websocket_fields;
using Trace = std::vector<std::string>;

// The code of the GOAWAY or RST_STREAM that is sent, or "nothing".
std::string answer(test::H2Endpoint& endpoint) {
    for (const H2Frame& one : endpoint.send_frames()) {
        if (one.type == 0x7) {
            return "goaway " + std::string(name_for(
                                   ErrorCode(test::from_big_endian(one.payload.substr(4, 4)))));
        }
        if (one.type == 0x3) {
            return "reset " + std::string(name_for(ErrorCode(test::from_big_endian(one.payload))));
        }
    }
    return "nothing";
}

std::string answer_to_head(const H2Fields& fields) {
    H2WireServer server;
    server.receive(headers_frame(1, fields));
    for (const std::string& line : server.trace) EXPECT_FALSE(line.starts_with("request")) << line;
    return answer(server);
}

H2Fields without(const std::string& name) {
    H2Fields fields = websocket_fields();
    std::erase_if(fields, [&](const auto& field) { return field.first == name; });
    return fields;
}

H2Fields with(const std::string& name, const std::string& value) {
    H2Fields fields = websocket_fields();
    fields.emplace_back(name, value);
    return fields;
}

// Sends `bytes` until the connection is over; the number of times that it was not.
int patience(H2WireServer& server, const std::string& bytes, int most) {
    for (int i = 0; i < most; ++i) {
        server.receive(bytes);
        (void)server.send();
        if (!server.trace.empty() && server.trace.back().starts_with("over")) return i;
        server.trace.clear();
    }
    return most;
}

// ── X01: heads ──

TEST(H2Attacks, X01_RefusesAnExtendedConnectThatLacksAPart) {
    for (const char* name : {":method", ":scheme", ":path", ":authority"}) {
        EXPECT_EQ(answer_to_head(without(name)), "reset protocol_error") << name;
    }
}

TEST(H2Attacks, X01_RefusesAProtocolWithoutConnect) {
    H2Fields fields = websocket_fields();
    fields[0].second = "GET";

    EXPECT_EQ(answer_to_head(fields), "reset protocol_error");
}

TEST(H2Attacks, X01_HandsUpOtherProtocols) {
    H2Fields fields = websocket_fields();
    fields[1].second = "webtransport";
    H2WireServer server;

    server.receive(headers_frame(1, fields));

    EXPECT_EQ(server.trace, Trace{"request 1 CONNECT webtransport /chat"});
}

// RFC 9113 section 8.2.2.
TEST(H2Attacks, X01_RefusesFieldsOfAConnection) {
    EXPECT_EQ(answer_to_head(with("connection", "upgrade")), "reset protocol_error");
    EXPECT_EQ(answer_to_head(with("upgrade", "websocket")), "reset protocol_error");
    EXPECT_EQ(answer_to_head(with("transfer-encoding", "chunked")), "reset protocol_error");
}

TEST(H2Attacks, X01_RefusesPseudoFieldsOutOfPlace) {
    EXPECT_EQ(answer_to_head(with(":path", "/again")), "reset protocol_error");
    EXPECT_EQ(answer_to_head(with(":unknown", "x")), "reset protocol_error");
    EXPECT_EQ(answer_to_head(with(":status", "200")), "reset protocol_error");
}

TEST(H2Attacks, X01_RefusesBytesThatMayNotBeInAField) {
    EXPECT_EQ(answer_to_head(with("a", "b\r\nc: d")), "reset protocol_error");
    EXPECT_EQ(answer_to_head(with("a", std::string("b\0c", 3))), "reset protocol_error");
    EXPECT_EQ(answer_to_head(with("A", "b")), "reset protocol_error");
    EXPECT_EQ(answer_to_head(with("a b", "c")), "reset protocol_error");
    EXPECT_EQ(answer_to_head(with("host", "other.org")), "reset protocol_error");
}

TEST(H2Attacks, X01_RefusesAServerWhoseSettingsAreWrong) {
    H2WireClient two(settings_frame({{0x8, 2}}));
    EXPECT_EQ(two.trace.back(), "over protocol_error");

    H2WireClient back;
    back.receive(settings_frame({{0x8, 0}}));
    EXPECT_EQ(answer(back), "goaway protocol_error");
}

TEST(H2Attacks, X01_RefusesAResponseThatIsNone) {
    const Request request{.head = {.method = "CONNECT", .target = "/"},
                          .protocol = "websocket",
                          .scheme = "https",
                          .authority = "a"};
    for (const H2Fields& fields :
         {H2Fields{{"a", "b"}}, H2Fields{{":status", "2000"}}, H2Fields{{":status", "101"}},
          H2Fields{{":status", "200"}, {"long", std::string(9000, 'x')}}}) {
        H2WireClient client;
        (void)client.connection.send_request(request);
        (void)client.send();

        client.receive(headers_frame(1, fields));

        EXPECT_EQ(answer(client), "reset protocol_error");
    }
}

TEST(H2Attacks, X01_RefusesFramesOutOfOrder) {
    const auto answer_to = [](const std::string& bytes) {
        H2WireServer server;
        server.receive(bytes);
        return answer(server);
    };

    EXPECT_EQ(answer_to(frame(0x0, 0, 1, "data")), "goaway protocol_error");
    EXPECT_EQ(answer_to(headers_frame(2, websocket_fields())), "goaway protocol_error");
    EXPECT_EQ(answer_to(frame(0x9, 0, 1, "x")), "goaway protocol_error");
    EXPECT_EQ(answer_to(frame(0x5, 0, 1, "12345678")), "goaway protocol_error");
    EXPECT_EQ(answer_to(frame(0x6, 0, 0, "1234567")), "goaway frame_size_error");
    EXPECT_EQ(answer_to(frame(0x0, 0, 1, std::string(16'385, 'x'))), "goaway frame_size_error");
    EXPECT_EQ(answer_to(headers_frame(1, websocket_fields()) + headers_frame(3, {{"\x80", ""}}) +
                        frame(0x1, kEndHeaders, 5, "\xff\xff\xff\xff\xff\xff")),
              "goaway compression_error");
}

// RFC 9113 section 8.5.
TEST(H2Attacks, X01_RefusesTrailersInATunnel) {
    const std::string trailers = headers_frame(1, {{"a", "b"}}, kEndHeaders | kEndStream);
    H2WireServer server;
    server.receive(headers_frame(1, websocket_fields()));
    (void)server.connection.send_response(StreamId(1), {.status = 200}, false);
    (void)server.send();
    server.trace.clear();
    server.receive(trailers);
    EXPECT_EQ(answer(server), "reset protocol_error");
    EXPECT_EQ(server.trace, Trace{"closed 1 protocol_error"});

    H2WireClient client;
    (void)client.connection.send_request({.head = {.method = "CONNECT", .target = "/"},
                                          .protocol = "websocket",
                                          .scheme = "https",
                                          .authority = "a"});
    (void)client.send();
    client.receive(headers_frame(1, {{":status", "200"}}));
    client.trace.clear();
    client.receive(trailers);
    EXPECT_EQ(answer(client), "reset protocol_error");
    EXPECT_EQ(client.trace, Trace{"closed 1 protocol_error"});
}

TEST(H2Attacks, X01_TakesTrailersBehindABody) {
    H2WireServer server;

    server.receive(
        headers_frame(
            1, {{":method", "POST"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a"}}) +
        headers_frame(1, {{"a", "b"}}, kEndHeaders | kEndStream));

    EXPECT_EQ(answer(server), "nothing");
    EXPECT_EQ(server.trace, (Trace{"request 1 POST  /", "end 1"}));
}

// ── X02: resets ──

TEST(H2Attacks, X02_EndsAConnectionOfRapidResets) {
    H2WireServer server({.reset_burst = 10, .resets_per_second = 0});
    for (std::uint32_t id = 1; id <= 19; id += 2) {
        server.receive(headers_frame(id, websocket_fields()) + frame(0x3, 0, id, big_endian(8, 4)));
    }
    EXPECT_EQ(answer(server), "nothing");

    server.receive(headers_frame(21, websocket_fields()) + frame(0x3, 0, 21, big_endian(8, 4)) +
                   headers_frame(23, websocket_fields()) + frame(0x3, 0, 23, big_endian(8, 4)));

    EXPECT_EQ(server.trace.back(), "over enhance_your_calm");
    EXPECT_EQ(answer(server), "goaway enhance_your_calm");
}

TEST(H2Attacks, X02_EndsRapidResetsWithTheDefaultLimits) {
    H2WireServer server;
    std::uint32_t id = 1;
    while (id < 200'000 && server.trace.empty()) {
        server.receive(headers_frame(id, websocket_fields()) + frame(0x3, 0, id, big_endian(8, 4)));
        if (!server.trace.back().starts_with("over")) server.trace.clear();
        (void)server.send();
        id += 2;
    }

    EXPECT_EQ(id / 2, h2::Options().reset_burst + 1);
}

TEST(H2Attacks, X02_AllowsResetsThatTakeTheirTime) {
    H2WireServer server({.reset_burst = 2, .resets_per_second = 2});
    for (std::uint32_t id = 1; id < 200; id += 2) {
        server.receive(headers_frame(id, websocket_fields()) + frame(0x3, 0, id, big_endian(8, 4)));
        server.now += std::chrono::milliseconds(500);
    }

    EXPECT_EQ(answer(server), "nothing");
}

// CVE-2025-8671: the peer makes the server reset the streams.
TEST(H2Attacks, X02_CountsResetsThatThePeerForces) {
    const auto forced = [](const std::string& flags_and_frame) {
        H2WireServer server({.reset_burst = 5, .resets_per_second = 0});
        int count = 0;
        for (std::uint32_t id = 1; id < 100; id += 2, ++count) {
            std::string bad = flags_and_frame;
            bad.replace(5, 4, big_endian(id, 4));
            server.receive(headers_frame(id, websocket_fields(), kEndHeaders | kEndStream) + bad);
            (void)server.send();
            if (server.trace.back().starts_with("over")) break;
        }
        return count;
    };

    EXPECT_EQ(forced(frame(0x8, 0, 0, big_endian(0x7fffffff, 4))), 5);
    // nghttp2 ends the connection at once for these.
    EXPECT_EQ(forced(frame(0x0, 0, 0, "data on a half-closed stream")), 0);
    EXPECT_EQ(forced(frame(0x8, 0, 0, big_endian(0, 4))), 0);
}

TEST(H2Attacks, X02_ItsOwnResetsAreFree) {
    H2WireServer server({.reset_burst = 1, .resets_per_second = 0});
    for (std::uint32_t id = 1; id < 100; id += 2) {
        server.receive(headers_frame(id, websocket_fields()));
        server.connection.reset(StreamId(static_cast<std::int32_t>(id)), ErrorCode::cancel);
        (void)server.send();
    }

    EXPECT_FALSE(server.trace.back().starts_with("over"));
}

// What was said before goes out first, and can be the end of the stream.
TEST(H2Attacks, X02_DoesNotResetAStreamThatIsOver) {
    H2WireServer server({.reset_burst = 1, .resets_per_second = 0});
    for (std::uint32_t number = 1; number < 20; number += 2) {
        const StreamId id(static_cast<std::int32_t>(number));
        server.receive(headers_frame(number, websocket_fields()));
        (void)server.connection.send_response(id, {.status = 200}, false);
        server.receive(frame(0x0, kEndStream, number));
        server.connection.finish(id);
        server.connection.reset(id, ErrorCode::cancel);

        EXPECT_EQ(std::ranges::count(server.send_frames(), 0x3, &H2Frame::type), 0);
        EXPECT_EQ(server.trace.back(), "closed " + std::to_string(number) + " no_error");
    }
}

TEST(H2Attacks, X02_EndsAConnectionWithMoreStreamsThanAllowed) {
    H2WireServer server({.max_concurrent_streams = 2});
    for (std::uint32_t id = 1; id <= 5; id += 2) {
        server.receive(headers_frame(id, websocket_fields()));
    }

    EXPECT_EQ(server.trace.size(), 2U);
    EXPECT_EQ(answer(server), "goaway protocol_error");
}

// ── X03: heads that never end ──

TEST(H2Attacks, X03_EndsAConnectionOfContinuations) {
    const auto after = [](int count) {
        H2WireServer server;
        server.receive(headers_frame(1, websocket_fields(), 0));
        for (int i = 0; i < count; ++i) server.receive(frame(0x9, 0, 1));
        server.receive(frame(0x9, kEndHeaders, 1));
        return server.trace;
    };

    EXPECT_EQ(after(7), Trace{"request 1 CONNECT websocket /chat"});
    EXPECT_EQ(after(8), Trace{"over enhance_your_calm"});
}

TEST(H2Attacks, X03_AnswersAHeadThatIsTooLargeWith431) {
    H2WireServer server;

    server.receive(headers_frame(1, with("a", std::string(9000, 'x'))));

    const auto frames = server.send_frames();
    ASSERT_GE(frames.size(), 2U);
    EXPECT_EQ(frames[0].type, 0x1);
    EXPECT_NE(frames[0].payload.find("431"), std::string::npos);
    EXPECT_EQ(frames[1].type, 0x3);
    EXPECT_EQ(server.trace, Trace{"closed 1 no_error"});
}

// What asks for the reset is our wish to hear no more of the request, and one that is over needs
// none: neither costs the peer more than the head itself.
TEST(H2Attacks, X03_A431IsNoResetThatThePeerForced) {
    const std::string head = test::hpack(with("a", std::string(9000, 'x')));
    const auto resets_after = [&](std::uint8_t flags, const std::string& rest) {
        H2WireServer server({.reset_burst = 1, .resets_per_second = 0});
        std::ptrdiff_t resets = 0;
        for (std::uint32_t id = 1; id < 20; id += 2) {
            std::string last = rest;
            if (!last.empty()) last.replace(5, 4, big_endian(id, 4));
            server.receive(frame(0x1, flags, id, head) + last);
            const auto sent = server.send_frames();
            resets += std::ranges::count(sent, 0x3, &H2Frame::type);
            EXPECT_EQ(server.trace.back(), "closed " + std::to_string(id) + " no_error");
        }
        return resets;
    };

    EXPECT_EQ(resets_after(kEndHeaders, ""), 10);
    EXPECT_EQ(resets_after(kEndHeaders | kEndStream, ""), 0);
    EXPECT_EQ(resets_after(kEndHeaders, frame(0x0, kEndStream, 0, "body")), 0);
}

// One field of 4,000 bytes in the table, then references of a byte each.
TEST(H2Attacks, X03_HoldsAnHpackBombToTheLimitOfAHead) {
    H2WireServer server({.glitch_burst = 7, .glitches_per_second = 0});
    const std::string field =
        "\x40" + test::hpack_integer(1) + "a" + test::hpack_integer(4000) + std::string(4000, 'x');
    const std::string bomb = test::hpack(websocket_fields()) + std::string(10'000, '\xbe');
    server.receive(frame(0x1, kEndHeaders, 1, test::hpack(websocket_fields()) + field));
    server.trace.clear();
    int count = 0;

    for (std::uint32_t id = 3; id < 100; id += 2, ++count) {
        server.receive(frame(0x1, kEndHeaders | kEndStream, id, bomb));
        (void)server.send();
        if (!server.trace.empty() && server.trace.back().starts_with("over")) break;
        EXPECT_EQ(server.trace.back(), "closed " + std::to_string(id) + " enhance_your_calm");
    }

    EXPECT_EQ(count, 5);
}

// ── X04: frames that cost more than they bring ──

TEST(H2Attacks, X04_EndsFloodsOfSmallFrames) {
    const Options options{.glitch_burst = 20, .glitches_per_second = 0};
    const std::string open = headers_frame(1, websocket_fields());
    for (const std::string& flood : {frame(0x6, 0, 0, "12345678"), settings_frame({}),
                                     frame(0x2, 0, 1, std::string(5, 1)), frame(0x0, 0, 1)}) {
        H2WireServer server(options);
        server.receive(open);
        const int count = patience(server, flood, 100);

        EXPECT_LE(count, 20);
        EXPECT_GE(count, 17);
    }
}

TEST(H2Attacks, X04_EndsAFloodOfPingsWithTheDefaultLimits) {
    H2WireServer server;

    EXPECT_EQ(patience(server, frame(0x6, 0, 0, "12345678"), 20'000), 9'998);
}

TEST(H2Attacks, X04_HoldsAnswersForAPeerThatDoesNotRead) {
    H2WireServer server({.max_output_bytes = 100, .max_unsent_acks = 50});
    std::string pings;
    for (int i = 0; i < 60; ++i) pings += frame(0x6, 0, 0, "12345678");

    server.receive(pings);

    EXPECT_EQ(server.trace.back(), "over enhance_your_calm");
}

// A stream counts until its reset has gone out.
TEST(H2Attacks, X04_HoldsResetsForAPeerThatDoesNotRead) {
    H2WireServer server;
    for (std::uint32_t id = 1; id < 10'000; id += 2) {
        server.receive(headers_frame(id, with("connection", "x")));
    }

    EXPECT_LT(server.send().size(), 10'000U);
    EXPECT_EQ(server.trace.back(), "over protocol_error");
}

TEST(H2Attacks, X04_RefusesSettingsThatMakeNoSense) {
    const auto answer_to = [](const std::string& bytes) {
        H2WireServer server;
        server.receive(bytes);
        return answer(server);
    };

    EXPECT_EQ(answer_to(settings_frame({{0x5, 0}})), "goaway protocol_error");
    EXPECT_EQ(answer_to(settings_frame({{0x4, 0x80000000}})), "goaway flow_control_error");
    EXPECT_EQ(answer_to(frame(0x4, 0, 0, "12345")), "goaway frame_size_error");
}

TEST(H2Attacks, X04_RefusesTooManySettingsInAFrame) {
    const auto after = [](std::size_t count) {
        H2WireServer server;
        server.receive(settings_frame({count, {0x77, 1}}));
        return answer(server);
    };

    EXPECT_EQ(after(32), "nothing");
    EXPECT_NE(after(33), "nothing");
}

}  // namespace
}  // namespace tautline::h2
