// SPDX-License-Identifier: MIT
#include <tautline/dial/h2_upgrade.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/h2_wire.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>

#include <tautline/proto/http/uri.hpp>
#include <tautline/transport/memory_stream.hpp>

// Against a server that says its frames by hand, and so ends no stream that it was not told to end.

namespace tautline::dial {
namespace {

using test::frame;
using test::H2Fields;
using test::headers_frame;
using test::kEndHeaders;
using test::kEndStream;

constexpr std::uint8_t kData = 0x0;
constexpr std::uint8_t kReset = 0x3;

struct Script {
    Script() {
        auto [near, far] = transport::make_memory_pair(loop);
        server = std::move(far);
        server->set_handler(&at_server);
        server->set_reading(true);
        client = std::make_shared<H2Client>(loop, std::move(near), http::HeadLimits{});
        say(test::settings_frame({{0x8, 1}}));
        const auto uri = *http::parse_uri("wss://example.org/chat");
        upgrade = std::make_unique<H2Upgrade>(loop, client, websocket::ClientOffer{.uri = uri},
                                              observe::ObservedCall());
        upgrade->start([this](auto done) {
            result = std::move(done);
            loop.retire(std::move(upgrade));  // As a race does.
        });
        test::run_ready(context);
    }
    void say(const std::string& frames) {
        EXPECT_EQ(test::write_text(*server, frames), frames.size());
        test::run_ready(context);
    }
    // How the client ended its half so far: "end", "reset cancel", or both in their order.
    [[nodiscard]] std::string ended() const {
        std::string ends;
        for (const auto& one : test::parse_frames(at_server.received)) {
            if (one.type == kData && (one.flags & kEndStream) != 0) ends += "end ";
            if (one.type != kReset) continue;
            ends += "reset ";
            ends += h2::name_for(h2::ErrorCode(test::from_big_endian(one.payload)));
        }
        return ends;
    }
    [[nodiscard]] std::string body() const { return result->error().refusal->body; }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    test::StreamRecorder at_server;
    std::unique_ptr<transport::ByteStream> server;
    std::shared_ptr<H2Client> client;
    std::unique_ptr<H2Upgrade> upgrade;
    std::optional<std::expected<Upgraded, Error>> result;
};

TEST(H2Upgrade, AsksOnAStreamThatStaysOpen) {
    const Script script;

    EXPECT_EQ(script.ended(), "");
    EXPECT_FALSE(script.result);
}

TEST(H2Upgrade, GivesTheStreamOfAnAnswerThatAccepts) {
    Script script;

    script.say(headers_frame(1, {{":status", "200"}}));

    ASSERT_TRUE(script.result && *script.result);
    EXPECT_NE((*script.result)->stream, nullptr);
    EXPECT_EQ(script.ended(), "");
}

TEST(H2Upgrade, X02_EndsItsHalfBehindARefusalThatStaysOpen) {
    Script script;

    script.say(headers_frame(1, {{":status", "403"}}));

    EXPECT_EQ(script.ended(), "end ");
    EXPECT_FALSE(script.result);
}

TEST(H2Upgrade, X02_ResetsNothingBehindARefusalThatEndsLate) {
    Script script;

    script.say(headers_frame(1, {{":status", "403"}}));
    script.say(frame(kData, 0, 1, "no"));
    script.say(frame(kData, kEndStream, 1));

    ASSERT_TRUE(script.result);
    EXPECT_EQ(script.body(), "no");
    EXPECT_EQ(script.ended(), "end ");
}

TEST(H2Upgrade, X02_ResetsNothingBehindARefusalThatEndsWithItsHead) {
    Script script;

    script.say(headers_frame(1, {{":status", "403"}}, kEndHeaders | kEndStream));

    ASSERT_TRUE(script.result);
    EXPECT_EQ(script.ended(), "end ");
}

// Servers send the last of a body before they know that it is: the end follows alone.
TEST(H2Upgrade, X02_WaitsForTheEndBehindABodyOfKnownLength) {
    Script script;

    script.say(headers_frame(1, {{":status", "403"}, {"content-length", "2"}}) +
               frame(kData, 0, 1, "no"));
    script.say(frame(kData, kEndStream, 1));

    ASSERT_TRUE(script.result);
    EXPECT_EQ(script.body(), "no");
    EXPECT_EQ(script.ended(), "end ");
}

TEST(H2Upgrade, ARefusalThatNeverEndsIsResetAfterASecond) {
    Script script;

    script.say(headers_frame(1, {{":status", "403"}, {"content-length", "2"}}) +
               frame(kData, 0, 1, "no"));

    EXPECT_TRUE(test::run_until(script.context, [&] { return script.result.has_value(); }));
    EXPECT_EQ(script.body(), "no");
    test::run_ready(script.context);
    EXPECT_EQ(script.ended(), "end reset cancel");
}

TEST(H2Upgrade, TakesItsRequestBackWhenItIsDestroyed) {
    Script script;

    script.upgrade.reset();
    test::run_ready(script.context);

    EXPECT_EQ(script.ended(), "reset cancel");
    EXPECT_FALSE(script.result);
}

// As over HTTP/1.1, and while they still come.
TEST(H2Upgrade, H15_RefusesAnEndlessChainOfInterimResponses) {
    Script script;

    for (int i = 0; i < 8; ++i) script.say(headers_frame(1, {{":status", "103"}}));
    EXPECT_FALSE(script.result);
    script.say(headers_frame(1, {{":status", "103"}}));

    ASSERT_TRUE(script.result && !*script.result);
    EXPECT_EQ(script.result->error().code, HandshakeError::response_malformed);
    EXPECT_EQ(script.result->error().message, "too many interim responses");
    EXPECT_EQ(script.ended(), "reset enhance_your_calm");
}

TEST(H2Upgrade, TellsAResetInsteadOfAnAnswer) {
    Script script;

    script.say(frame(kReset, 0, 1, test::big_endian(7, 4)));

    ASSERT_TRUE(script.result && !*script.result);
    EXPECT_EQ(script.result->error().code, h2::make_error_code(h2::ErrorCode::refused_stream));
}

}  // namespace
}  // namespace tautline::dial
