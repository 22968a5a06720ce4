// SPDX-License-Identifier: MIT
#include <tautline/dial/body_reader.hpp>

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>

#include <tautline/transport/memory_stream.hpp>

namespace tautline::dial {
namespace {

using testing::ElementsAre;

http::ResponseHead head(int status, http::FieldList fields = {}) {
    return {.status = status, .reason = {}, .version_minor = 1, .fields = std::move(fields)};
}

// A body, sent by the test.
struct Body {
    explicit Body(const http::ResponseHead& response) {
        auto [near, far] = transport::make_memory_pair(loop);
        server = std::move(far);
        server->set_handler(&at_server);
        server->set_reading(true);
        reader = std::make_unique<BodyReader>(loop, std::move(near), response);
    }
    void start() {
        reader->start([this](std::string text) { result = std::move(text); });
        test::run_ready(context);
    }
    void send(std::string_view text) {
        EXPECT_EQ(test::write_text(*server, text), text.size());
        test::run_ready(context);
    }
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    test::StreamRecorder at_server;
    std::unique_ptr<transport::ByteStream> server;
    std::unique_ptr<BodyReader> reader;
    std::optional<std::string> result;
};

TEST(BodyReader, GivesTheContentOfChunks) {
    Body body(head(403, {{"Transfer-Encoding", "chunked"}}));
    body.start();

    body.send("5\r\nhello\r\n6\r\n wor");
    EXPECT_FALSE(body.result);
    body.send("ld\r\n0\r\n\r\n");

    EXPECT_EQ(body.result, "hello world");
}

TEST(BodyReader, EndsAtTheLengthThatTheHeadAnnounces) {
    Body body(head(403, {{"Content-Length", "4"}}));
    body.start();

    body.send("nope and more");

    EXPECT_EQ(body.result, "nope");
}

TEST(BodyReader, EndsWithTheStream) {
    Body body(head(403));
    body.start();
    body.send("nope");
    EXPECT_FALSE(body.result);

    body.server->shut_down();
    test::run_ready(body.context);

    EXPECT_EQ(body.result, "nope");
}

TEST(BodyReader, EndsWhenTheStreamBreaks) {
    Body body(head(403));
    auto& far = dynamic_cast<transport::MemoryStream&>(*body.server);
    body.start();

    far.fail(std::make_error_code(std::errc::connection_reset));
    test::run_ready(body.context);

    EXPECT_EQ(body.result, "");
}

TEST(BodyReader, H15_KeepsTheFirstKilobyte) {
    Body body(head(403, {{"Content-Length", "1000000"}}));
    body.start();

    body.send(std::string(1023, 'x'));
    EXPECT_FALSE(body.result);
    body.send("yz");

    EXPECT_EQ(body.result, std::string(1023, 'x') + "y");
}

TEST(BodyReader, WaitsForNothingWhereThereIsNoBody) {
    Body body(head(204));

    body.start();

    EXPECT_EQ(body.result, "");
}

TEST(BodyReader, CountsWhatCameBefore) {
    Body body(head(403, {{"Transfer-Encoding", "chunked"}}));
    body.reader->receive(as_bytes("2\r\nno\r\n2\r"));
    body.start();
    EXPECT_FALSE(body.result);

    body.send("\npe\r\n0\r\n\r\n");

    EXPECT_EQ(body.result, "nope");
}

TEST(BodyReader, WaitsForNothingBehindAnEndThatCameBefore) {
    Body body(head(403, {{"Content-Length", "9"}}));
    body.reader->receive(as_bytes("half"));
    body.reader->end_stream();

    body.start();

    EXPECT_EQ(body.result, "half");
}

TEST(BodyReader, H15_WaitsForARedirectFarShorterThanForOthers) {
    asio::io_context context;
    auto& loop = io::Loop::of(context);
    std::vector<int> order;
    std::vector<std::unique_ptr<transport::ByteStream>> servers;
    std::vector<std::unique_ptr<BodyReader>> readers;
    const auto begin = [&](int id, const http::ResponseHead& response) {
        auto [near, far] = transport::make_memory_pair(loop);
        servers.push_back(std::move(far));
        readers.push_back(std::make_unique<BodyReader>(loop, std::move(near), response));
        readers.back()->start([&order, id](const std::string&) { order.push_back(id); });
    };

    begin(1, head(302));  // Leads nowhere: a refusal like others.
    begin(2, head(403, {{"Location", "/"}}));
    begin(3, head(302, {{"Location", "/"}}));

    ASSERT_TRUE(test::run_until(context, [&] { return order.size() == 3; }));
    EXPECT_THAT(order, ElementsAre(3, 1, 2));
}

TEST(BodyReader, HangsUpWhenItIsDestroyed) {
    Body body(head(403));
    body.start();

    body.reader.reset();
    test::run_ready(body.context);

    EXPECT_EQ(body.at_server.ends, 1);
    EXPECT_FALSE(body.result);
}

}  // namespace
}  // namespace tautline::dial
