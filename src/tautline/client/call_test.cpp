// SPDX-License-Identifier: MIT
#include <tautline/client/call.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/echo_server.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/scripted_server.hpp>

#include <tautline/client/reconnect_options.hpp>

namespace tautline::client {
namespace {

using testing::ElementsAre;

// Writes down which of these events come, in their order.
struct Witness final : observe::Observer {
    void observe(const observe::Event& event, Instant) override {
        if (std::holds_alternative<observe::CallStarted>(event)) seen.emplace_back("started");
        if (std::holds_alternative<observe::RequestSent>(event)) seen.emplace_back("request");
        if (std::holds_alternative<observe::CallFailed>(event)) seen.emplace_back("failed");
        if (std::holds_alternative<observe::RaceStep>(event)) seen.emplace_back("race");
    }
    std::vector<std::string> seen;
};

struct CountingJar final : http::CookieJar {
    std::string cookies_for(const http::Uri&) override {
        return "asked=" + std::to_string(++asked);
    }
    void receive_cookie(const http::Uri&, std::string_view) override {}
    int asked = 0;
};

struct Calls {
    Calls() {
        options.observer = witness;
        options.cookies = jar;
        options.interceptors.push_back(
            {.on_request = [this](const http::Uri&, auto&) { ++intercepted; }});
    }
    std::weak_ptr<Call> start(const std::string& url) {
        return call = Call::start(loop, url, options, {}, [this](Call::Result result) {
                   ++answers;
                   if (!result) error = result.error();
               });
    }
    [[nodiscard]] bool finish() {
        return test::run_until(context, [this] { return answers > 0; });
    }
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    std::shared_ptr<Witness> witness = std::make_shared<Witness>();
    std::shared_ptr<CountingJar> jar = std::make_shared<CountingJar>();
    ClientOptions options;
    std::weak_ptr<Call> call;
    int intercepted = 0;
    int answers = 0;
    std::optional<Error> error;
};

TEST(Call, AsksInterceptorsAndTheJarOnceForARequest) {
    test::EchoServer server;
    server.start();
    Calls calls;

    calls.start(server.url);
    ASSERT_TRUE(calls.finish());

    EXPECT_FALSE(calls.error);
    EXPECT_EQ(calls.intercepted, 1);
    EXPECT_EQ(calls.jar->asked, 1);
}

TEST(Call, H16_SendsNothingOfAHeaderThatAnInterceptorSpoils) {
    Calls calls;
    calls.options.interceptors.push_back(
        {.on_request = [](const http::Uri&, http::FieldList& fields) {
            fields.set("X", "a\r\nb");
        }});

    calls.start("ws://127.0.0.1:1/");
    ASSERT_TRUE(calls.finish());

    EXPECT_EQ(calls.error->code, UsageError::header_invalid);
    EXPECT_THAT(calls.witness->seen, ElementsAre("started", "failed"));
}

TEST(Call, DoesNothingWhenItIsGivenUpBeforeItBegan) {
    Calls calls;

    calls.start("ws://127.0.0.1:1/").lock()->cancel();
    test::run_ready(calls.context);

    EXPECT_EQ(calls.answers, 1);
    EXPECT_EQ(calls.error->code, UsageError::cancelled);
    EXPECT_EQ(calls.intercepted, 0);
    EXPECT_EQ(calls.jar->asked, 0);
    EXPECT_THAT(calls.witness->seen, ElementsAre("failed"));
}

TEST(Call, DialsNoMoreWhenAnInterceptorGivesItUp) {
    Calls calls;
    calls.options.interceptors.push_back(
        {.on_request = [&](const http::Uri&, auto&) { calls.call.lock()->cancel(); }});

    calls.start("ws://127.0.0.1:1/");
    ASSERT_TRUE(calls.finish());
    test::run_ready(calls.context);

    EXPECT_EQ(calls.error->code, UsageError::cancelled);
    EXPECT_THAT(calls.witness->seen, ElementsAre("started", "failed"));
}

TEST(Call, DialsNoMoreWhenWhoeverSeesTheAnswerGivesItUp) {
    test::EchoServer server;
    server.server.get("/moved", [](const auto&) {
        Response response;
        response.status = 302;
        response.headers.add("Location", "/");
        return response;
    });
    server.start();
    Calls calls;
    calls.options.max_redirects = 1;
    calls.options.interceptors.push_back(
        {.on_response = [&](const http::Uri&, int, const auto&) { calls.call.lock()->cancel(); }});

    calls.start(server.url + "moved");
    ASSERT_TRUE(calls.finish());
    test::run_ready(calls.context);

    EXPECT_EQ(calls.error->code, UsageError::cancelled);
    EXPECT_EQ(calls.witness->seen.back(), "failed");
}

// Answers with this head, and with no more.
struct BeginsToAnswer {
    BeginsToAnswer(Calls& calls, std::string_view head)
        : server(calls.loop, {asio::ip::address_v4::loopback(), 0},
                 [head](auto& peer) { peer.say(head); }) {}
    [[nodiscard]] std::string url() const {
        return "ws://127.0.0.1:" + std::to_string(server.port()) + "/";
    }
    test::ScriptedServer server;
};

TEST(Call, ARedirectWithoutTimeToFollowItIsATimeout) {
    Calls calls;
    calls.options.handshake_timeout = std::chrono::milliseconds(50);
    calls.options.max_redirects = 1;
    const BeginsToAnswer server(
        calls, "HTTP/1.1 301 Moved Permanently\r\nLocation: /b\r\nContent-Length: 9\r\n\r\n");

    calls.start(server.url());
    ASSERT_TRUE(calls.finish());

    EXPECT_EQ(calls.error->code, TransportError::handshake_timeout);
    EXPECT_EQ(calls.error->refusal->status, 301);
    EXPECT_THAT(calls.error->message, testing::HasSubstr("the time for another request is over"));
    EXPECT_FALSE(is_final_failure(*calls.error));
}

TEST(Call, ARefusalOfWhichOnlyTheBodyIsMissingIsARefusal) {
    Calls calls;
    calls.options.handshake_timeout = std::chrono::milliseconds(50);
    const BeginsToAnswer server(calls, "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n");

    calls.start(server.url());
    ASSERT_TRUE(calls.finish());

    EXPECT_EQ(calls.error->code, HandshakeError::rejected);
    EXPECT_TRUE(is_final_failure(*calls.error));
}

TEST(Call, TakesALimitlessTimeForNoLimit) {
    test::EchoServer server;
    server.start();
    Calls calls;
    calls.options.handshake_timeout = Duration::max();

    calls.start(server.url);
    ASSERT_TRUE(calls.finish());

    EXPECT_FALSE(calls.error) << calls.error->to_string();
}

}  // namespace
}  // namespace tautline::client
