// SPDX-License-Identifier: MIT
#include <array>
#include <functional>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "output.hpp"
#include "tests/support/wire.hpp"

namespace tautline::taut {
namespace {

using testing::HasSubstr;
using testing::Not;

// What `use` writes to the queue.
std::string written(const std::function<void(OutputQueue&, LineLog&)>& use) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    OutputQueue queue(ends[1], [](OutputQueue::Change) {});
    LineLog person(STDERR_FILENO);
    use(queue, person);
    queue.finish();
    ::close(ends[1]);
    std::string text(65536, '\0');
    const auto count = ::read(ends[0], text.data(), text.size());
    ::close(ends[0]);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

MessageView text_of(std::string_view text) { return {MessageType::text, as_bytes(text)}; }

std::string json(const std::function<void(JsonOutput&)>& use) {
    return written([&use](OutputQueue& queue, LineLog& person) {
        JsonOutput output(queue, person, [] { return std::chrono::system_clock::time_point(); });
        use(output);
    });
}

TEST(PlainOutput, TextGoesToAPipeAsItIsWithALineFeed) {
    const auto out = written([](OutputQueue& queue, LineLog& person) {
        PlainOutput(queue, person, PlainOutput::Target::pipe)
            .show_message(text_of("\x1b[31m\n"), {});
    });
    EXPECT_EQ(out, "\x1b[31m\n\n");
}

TEST(PlainOutput, BinaryGoesToAPipeAsItIs) {
    const auto bytes = test::wire("00 ff 0a");
    const auto out = written([&bytes](OutputQueue& queue, LineLog& person) {
        PlainOutput(queue, person, PlainOutput::Target::pipe)
            .show_message({MessageType::binary, bytes}, {});
    });
    EXPECT_EQ(out, as_text(bytes));
}

TEST(PlainOutput, ATerminalNeverSeesControlsOfThePeer) {
    const auto out = written([](OutputQueue& queue, LineLog& person) {
        PlainOutput(queue, person, PlainOutput::Target::terminal)
            .show_message(text_of("\x1b[31m\u009b\r\nok"), {});
    });
    EXPECT_EQ(out, "\\e[31m\\u{9b}\\r\nok\n");
}

TEST(PlainOutput, ATerminalSeesBinaryInHexadecimal) {
    const auto bytes = test::wire("00 1b");
    const auto out = written([&bytes](OutputQueue& queue, LineLog& person) {
        PlainOutput(queue, person, PlainOutput::Target::terminal)
            .show_message({MessageType::binary, bytes}, {});
    });
    EXPECT_EQ(out, "[binary, 2 bytes] 00 1b\n");
}

TEST(JsonOutput, AnOpenConnectionIsDescribed) {
    OpenInfo info;
    info.subprotocol = "json";
    info.stream.peer_address = "127.0.0.1:80";
    EXPECT_EQ(json([&info](JsonOutput& output) { output.show_open(info, "ws://x/"); }),
              R"({"t":"1970-01-01T00:00:00.000Z","type":"open","url":"ws://x/",)"
              R"("peer":"127.0.0.1:80","http":"1.1","subprotocol":"json","compressed":false})"
              "\n");
}

TEST(JsonOutput, AConnectionOverHttp2IsNamedSo) {
    OpenInfo info;
    info.request.version_major = 2;
    EXPECT_THAT(json([&info](JsonOutput& output) { output.show_open(info, "wss://x/"); }),
                HasSubstr(R"("http":"2")"));
}

TEST(JsonOutput, WhatIsSentIsAnEventToo) {
    EXPECT_THAT(json([](JsonOutput& output) { output.show_sent(text_of("a")); }),
                HasSubstr(R"("dir":"out","type":"text","data":"a"})"));
    EXPECT_THAT(
        json([](JsonOutput& output) { output.show_sent_file(MessageType::binary, 3'000'000'000); }),
        HasSubstr(R"("dir":"out","type":"binary","bytes":3000000000})"));
}

TEST(JsonOutput, TextIsData) {
    EXPECT_THAT(json([](JsonOutput& output) { output.show_message(text_of("a\"\x1b"), {}); }),
                HasSubstr(R"("dir":"in","type":"text","data":"a\"\u001b"})"));
}

TEST(JsonOutput, BinaryIsBase64) {
    const auto bytes = test::wire("00 ff");
    EXPECT_THAT(json([&bytes](JsonOutput& output) {
                    output.show_message({MessageType::binary, bytes}, {});
                }),
                HasSubstr(R"("dir":"in","type":"binary","data_b64":"AP8="})"));
}

TEST(JsonOutput, APingAndAPongAreEvents) {
    EXPECT_THAT(json([](JsonOutput& output) { output.show_ping(as_bytes("x")); }),
                HasSubstr(R"("type":"ping","data_b64":"eA=="})"));
    EXPECT_THAT(
        json([](JsonOutput& output) { output.show_pong({}, std::chrono::microseconds(1200)); }),
        HasSubstr(R"("type":"pong","data_b64":"","rtt_ms":1.2})"));
}

TEST(JsonOutput, APingAndAPongOfOursAreEvents) {
    EXPECT_THAT(json([](JsonOutput& output) { output.show_sent_ping(4); }),
                HasSubstr(R"("dir":"out","type":"ping","bytes":4})"));
    EXPECT_THAT(json([](JsonOutput& output) { output.show_sent_pong(as_bytes("x")); }),
                HasSubstr(R"("dir":"out","type":"pong","data_b64":"eA=="})"));
}

TEST(JsonOutput, TheEndHasCodeAndReason) {
    const Closed closed{
        .code = CloseCode::policy_violation, .reason = "no", .clean = true, .by_peer = true};
    EXPECT_THAT(json([&closed](JsonOutput& output) { output.show_closed(closed); }),
                HasSubstr(R"("dir":"in","type":"close","code":1008,"reason":"no","clean":true})"));
}

TEST(JsonOutput, AnEndByAnErrorNamesIt) {
    const Closed closed{.error = TransportError::ping_timeout};
    EXPECT_THAT(json([&closed](JsonOutput& output) { output.show_closed(closed); }),
                HasSubstr(R"("code":1006,"reason":"","clean":false,"error":"ping_timeout")"));
}

TEST(JsonOutput, OfAConnectionThatWasLostNobodySentAClose) {
    const auto end_with = [](const Closed& closed) {
        return json([&closed](JsonOutput& output) { output.show_closed(closed); });
    };
    EXPECT_THAT(end_with({.error = TransportError::ping_timeout}), Not(HasSubstr(R"("dir")")));
    EXPECT_THAT(end_with({.code = CloseCode::normal, .own_code = CloseCode::normal}),
                HasSubstr(R"("dir":"out","type":"close","code":1000)"));
}

TEST(JsonOutput, AnEndOfOurOwnIsAnErrorToo) {
    const auto out = json([](JsonOutput& output) {
        output.show_failure(
            {.phase = Phase::usage, .name = "text_not_utf8", .message = "not sent"});
    });
    EXPECT_THAT(out, HasSubstr(R"("type":"error","phase":"usage","error":"text_not_utf8",)"
                               R"("message":"not sent"})"));
}

TEST(JsonOutput, ARefusalHasItsStatus) {
    const Error error{.code = HandshakeError::rejected,
                      .phase = Phase::handshake,
                      .endpoint = "x:80",
                      .message = "no",
                      .refusal = std::make_shared<Refusal>(Refusal{.status = 403})};
    const auto out = json([&error](JsonOutput& output) { output.show_error(error, {}); });
    EXPECT_THAT(out, HasSubstr(R"("type":"error","phase":"handshake","error":"rejected")"));
    EXPECT_THAT(out, HasSubstr(R"("status":403)"));
}

}  // namespace
}  // namespace tautline::taut
