// SPDX-License-Identifier: MIT
// Windows: what may be on its way, who waits, and who is told that it can go on.
#include <gtest/gtest.h>
#include <tests/support/h2_wire.hpp>

#include <tautline/proto/h2/connection.hpp>

namespace tautline::h2 {
namespace {

using test::big_endian;
using test::frame;
using test::H2Frame;
using test::H2WireServer;
using test::headers_frame;
using test::settings_frame;
using test::websocket_fields;
using Trace = std::vector<std::string>;

constexpr std::size_t kDefaultWindow = 65'535;

std::string window_update(std::uint32_t stream, std::uint32_t count) {
    return frame(0x8, 0, stream, big_endian(count, 4));
}

// A server with so many open WebSockets: 1, 3, 5, ...
struct Server : H2WireServer {
    explicit Server(int streams, const Options& options = {}, const std::string& settings = {})
        : H2WireServer(options, settings) {
        for (int i = 0; i < streams; ++i) open();
        (void)send();
        trace.clear();
    }
    StreamId open() {
        receive(headers_frame(next, websocket_fields()));
        const StreamId id(static_cast<std::int32_t>(next));
        EXPECT_TRUE(connection.send_response(id, {}, false));
        next += 2;
        return id;
    }
    // Bytes of data that are sent for a stream.
    std::size_t sent(std::uint32_t stream) {
        std::size_t count = 0;
        for (const H2Frame& one : send_frames()) {
            if (one.type == 0 && one.stream == stream) count += one.payload.size();
        }
        return count;
    }
    std::uint32_t next = 1;
};

// The increments of the WINDOW_UPDATE frames of a stream.
std::size_t window_given(const std::vector<H2Frame>& frames, std::uint32_t stream) {
    std::size_t count = 0;
    for (const H2Frame& one : frames) {
        if (one.type == 0x8 && one.stream == stream) count += test::from_big_endian(one.payload);
    }
    return count;
}

// ── writing ──

TEST(H2Flow, X05_NeverOverrunsTheWindowOfAStream) {
    for (const std::uint32_t window : {0U, 1U, 100U}) {
        Server server(1, {}, settings_frame({{0x4, window}}));

        EXPECT_EQ(server.write(StreamId(1), std::string(200, 'x')), window);
        EXPECT_EQ(server.sent(1), window);
    }
}

TEST(H2Flow, X05_NeverOverrunsTheWindowOfTheConnection) {
    Server server(2, {}, settings_frame({{0x4, 1'000'000}}));

    EXPECT_EQ(server.write(StreamId(1), std::string(50'000, 'x')), 50'000U);
    EXPECT_EQ(server.write(StreamId(3), std::string(50'000, 'x')), kDefaultWindow - 50'000);
}

TEST(H2Flow, TellsWhenTheWindowOfAStreamOpens) {
    Server server(2, {}, settings_frame({{0x4, 10}}));
    (void)server.write(StreamId(1), std::string(11, 'x'));
    (void)server.write(StreamId(3), std::string(10, 'x'));
    EXPECT_EQ(server.connection.poll_writable(), std::nullopt);

    server.receive(window_update(3, 5) + window_update(1, 5));

    EXPECT_EQ(server.connection.poll_writable(), StreamId(1));
    EXPECT_EQ(server.connection.poll_writable(), std::nullopt);
    EXPECT_EQ(server.write(StreamId(1), std::string(11, 'x')), 5U);
}

TEST(H2Flow, X04_TellsWhenSettingsOpenAWindowOfNothing) {
    Server server(1, {}, settings_frame({{0x4, 0}}));
    EXPECT_EQ(server.write(StreamId(1), "hello"), 0U);

    server.receive(settings_frame({{0x4, 3}}));

    EXPECT_EQ(server.connection.poll_writable(), StreamId(1));
    EXPECT_EQ(server.write(StreamId(1), "hello"), 3U);
}

TEST(H2Flow, WaitsForTheStreamWhenSettingsTakeItsWindowAway) {
    Server server(2);
    (void)server.write(StreamId(1), std::string(kDefaultWindow, 'x'));
    (void)server.send();
    EXPECT_EQ(server.write(StreamId(3), "waits"), 0U);

    server.receive(settings_frame({{0x4, 0}}) + window_update(0, 100));
    EXPECT_EQ(server.connection.poll_writable(), std::nullopt);
    server.receive(window_update(3, 2));

    EXPECT_EQ(server.connection.poll_writable(), StreamId(3));
    EXPECT_EQ(server.write(StreamId(3), "waits"), 2U);
}

TEST(H2Flow, X08_GivesTheConnectionToThoseWhoWaitInTheirOrder) {
    Server server(3, {}, settings_frame({{0x4, 1'000'000}}));
    (void)server.write(StreamId(1), std::string(kDefaultWindow, 'x'));
    (void)server.send();
    (void)server.write(StreamId(5), "five");
    (void)server.write(StreamId(3), "three");
    (void)server.write(StreamId(5), "five");

    server.receive(window_update(0, 4));

    EXPECT_EQ(server.connection.poll_writable(), StreamId(5));
    EXPECT_EQ(server.write(StreamId(5), "five"), 4U);
    EXPECT_EQ(server.connection.poll_writable(), std::nullopt);
    server.receive(window_update(0, 1));
    EXPECT_EQ(server.connection.poll_writable(), StreamId(3));
}

TEST(H2Flow, X08_HoldsTheOutputToItsBound) {
    Server server(1, {.max_output_bytes = 100});

    EXPECT_EQ(server.write(StreamId(1), std::string(500, 'x')), 100U);
    EXPECT_EQ(server.write(StreamId(1), "x"), 0U);
    EXPECT_EQ(server.connection.poll_writable(), std::nullopt);
    EXPECT_LE(server.connection.output().size(), 109U);
    server.connection.output().clear();

    EXPECT_EQ(server.connection.poll_writable(), StreamId(1));
}

TEST(H2Flow, SendsAHeadThatHadNoRoomBeforeItsData) {
    Server server(1, {.max_output_bytes = 100});
    (void)server.write(StreamId(1), std::string(100, 'x'));
    const StreamId second = server.open();
    EXPECT_EQ(server.write(second, "hello"), 0U);

    const auto first_frames = server.send_frames();
    EXPECT_EQ(server.connection.poll_writable(), second);
    EXPECT_EQ(server.write(second, "hello"), 5U);

    EXPECT_EQ(server.sent(3), 5U);
}

TEST(H2Flow, TheEndWaitsForTheWindow) {
    Server server(1, {}, settings_frame({{0x4, 3}}));
    EXPECT_EQ(server.write(StreamId(1), "abc"), 3U);
    (void)server.send();

    server.connection.finish(StreamId(1));
    EXPECT_EQ(server.send(), "");
    server.receive(window_update(1, 1));

    EXPECT_EQ(server.send_frames()[0].flags, test::kEndStream);
}

TEST(H2Flow, TheEndWithTheLastBytesNeedsNoOtherWindow) {
    Server server(1, {}, settings_frame({{0x4, 3}}));
    EXPECT_EQ(server.write_last(StreamId(1), "abcd"), 3U);
    EXPECT_EQ(server.send_frames()[0].flags, 0);
    server.receive(window_update(1, 1));

    EXPECT_EQ(server.write_last(StreamId(1), "d"), 1U);
    const auto frames = server.send_frames();

    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].payload, "d");
    EXPECT_EQ(frames[0].flags, test::kEndStream);
    EXPECT_EQ(server.write(StreamId(1), "late"), 4U);
    EXPECT_EQ(server.send(), "");
}

TEST(H2Flow, TheEndComesWithTheLastOfManyFrames) {
    Server server(1);
    EXPECT_EQ(server.write_last(StreamId(1), std::string(16'385, 'x')), 16'385U);

    const auto frames = server.send_frames();

    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0].flags, 0);
    EXPECT_EQ(frames[1].flags, test::kEndStream);
}

TEST(H2Flow, TheEndWithoutBytesIsAFrameOfItsOwn) {
    Server server(1);

    EXPECT_EQ(server.write_last(StreamId(1), ""), 0U);

    EXPECT_EQ(server.send_frames()[0].flags, test::kEndStream);
}

TEST(H2Flow, ForgetsStreamsThatWaitedAndWereReset) {
    Server server(1, {}, settings_frame({{0x4, 0}}));
    (void)server.write(StreamId(1), "x");

    server.receive(settings_frame({{0x4, 1}}) + frame(0x3, 0, 1, big_endian(8, 4)));

    EXPECT_EQ(server.connection.poll_writable(), std::nullopt);
    EXPECT_EQ(server.trace, Trace{"closed 1 cancel"});
}

// ── reading ──

TEST(H2Flow, X08_ReturnsTheWindowOfAStreamOnlyWhenItsDataIsUsed) {
    Server server(1);
    server.consumes = false;
    for (int i = 0; i < 4; ++i) server.receive(frame(0x0, 0, 1, std::string(16'000, 'x')));
    EXPECT_EQ(window_given(server.send_frames(), 1), 0U);

    server.connection.consume(StreamId(1), 64'000);

    EXPECT_EQ(window_given(server.send_frames(), 1), 64'000U);
}

TEST(H2Flow, X08_ReturnsTheWindowOfTheConnectionAtOnce) {
    Server server(1, {.connection_window_bytes = 65'535});
    server.consumes = false;

    for (int i = 0; i < 4; ++i) server.receive(frame(0x0, 0, 1, std::string(16'000, 'x')));

    EXPECT_GE(window_given(server.send_frames(), 0), 32'000U);
}

TEST(H2Flow, X08_HoldsWhatAllStreamsKeepToItsBound) {
    Server server(2, {.connection_window_bytes = 65'535, .max_unread_bytes = 10'000});
    server.consumes = false;

    for (int i = 0; i < 3; ++i) server.receive(frame(0x0, 0, 1, std::string(16'000, 'x')));
    EXPECT_EQ(window_given(server.send_frames(), 0), 0U);
    server.connection.consume(StreamId(1), 38'000);

    EXPECT_EQ(window_given(server.send_frames(), 0), 48'000U);
}

TEST(H2Flow, X08_NoNumberOfSilentStreamsStopsOneThatReads) {
    const int all = static_cast<int>(Options().max_concurrent_streams);
    Server server(all);
    server.consumes = false;
    const std::string quarter(16'384, 'x');
    for (std::uint32_t id = 1; id + 2 < server.next; id += 2) {
        for (int i = 0; i < 4; ++i) server.receive(frame(0x0, 0, id, quarter));
        (void)server.send();
        server.trace.clear();
    }

    server.receive(frame(0x0, 0, server.next - 2, "hello"));

    EXPECT_EQ(server.trace, Trace{"data 2047 hello"});
}

TEST(H2Flow, X08_AResetStreamGivesBackWhatItHeld) {
    Server server(1, {.connection_window_bytes = 65'535, .max_unread_bytes = 10'000});
    server.consumes = false;
    for (int i = 0; i < 3; ++i) server.receive(frame(0x0, 0, 1, std::string(16'000, 'x')));

    server.connection.reset(StreamId(1), ErrorCode::cancel);

    EXPECT_EQ(window_given(server.send_frames(), 0), 48'000U);
}

TEST(H2Flow, X05_APeerThatOverrunsAWindowIsStopped) {
    Server server(1, {.stream_window_bytes = 65'536});
    server.consumes = false;

    for (int i = 0; i < 5; ++i) server.receive(frame(0x0, 0, 1, std::string(16'000, 'x')));
    (void)server.send();

    EXPECT_EQ(server.trace.back(), "closed 1 flow_control_error");
}

TEST(H2Flow, X05_CountsPaddingAsThePeerDoes) {
    Server server(1, {.connection_window_bytes = 65'535});
    std::size_t given = 0;

    for (int i = 0; i < 200; ++i) {
        server.receive(
            frame(0x0, test::kPadded, 1, "\xfe" + std::string(1, 'x') + std::string(254, '\0')));
        given += window_given(server.send_frames(), 0);
    }

    EXPECT_EQ(server.trace, Trace{"data 1 " + std::string(200, 'x')});
    EXPECT_GE(given, 200 * 256 - kDefaultWindow / 2);
}

}  // namespace
}  // namespace tautline::h2
