// SPDX-License-Identifier: MIT
#include <tautline/client/call.hpp>

#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/echo_server.hpp>
#include <tests/support/later.hpp>
#include <tests/support/listener.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/scripted_server.hpp>

#include <tautline/client/reconnect_options.hpp>
#include <tautline/resolve/resolver.hpp>
#include <tautline/session/registry_service.hpp>

namespace tautline::client {
namespace {

using testing::ElementsAre;

// Writes down which of these events come, in their order.
struct Witness final : observe::Observer {
    void observe(const observe::Event& event, observe::Stamp) override {
        if (std::holds_alternative<observe::CallStarted>(event)) seen.emplace_back("started");
        if (std::holds_alternative<observe::RequestSent>(event)) seen.emplace_back("request");
        if (std::holds_alternative<observe::CallFailed>(event)) seen.emplace_back("failed");
        if (std::holds_alternative<observe::RaceStep>(event)) seen.emplace_back("race");
        if (std::holds_alternative<observe::HandlerThrew>(event)) seen.emplace_back("threw");
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

TEST(Call, MayTakeAsLongAsThereIsTime) {
    const test::SilentListener silent;
    Calls calls;
    calls.options.handshake_timeout = Duration::max();
    calls.start("ws://127.0.0.1:" + std::to_string(silent.endpoint().port) + "/");

    test::run_a_little(calls.context);

    EXPECT_EQ(calls.answers, 0);
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

TEST(Call, DoesNothingBehindTheEndOfClients) {
    Calls calls;
    session::end_clients(calls.loop);

    calls.start("ws://127.0.0.1:1/");
    EXPECT_EQ(session::client_registry(calls.loop).size(), 0U);
    test::run_ready(calls.context);

    EXPECT_EQ(calls.answers, 1);
    EXPECT_EQ(calls.error->code, UsageError::cancelled);
    EXPECT_EQ(calls.intercepted, 0);
    EXPECT_THAT(calls.witness->seen, ElementsAre("failed"));
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

// A jar that throws when it is asked, or when it is given a cookie.
struct ThrowingJar final : http::CookieJar {
    explicit ThrowingJar(bool when_asked) : throws_when_asked(when_asked) {}
    std::string cookies_for(const http::Uri&) override {
        if (throws_when_asked) throw std::runtime_error("secret");
        return {};
    }
    void receive_cookie(const http::Uri&, std::string_view) override {
        throw std::runtime_error("secret");
    }
    bool throws_when_asked;
};

// A server that wants credentials at "/401", and gives a cookie at "/cookie".
void add_routes(test::EchoServer& server) {
    server.server.websocket("/401", {}, {.on_upgrade = [](UpgradeRequest request) {
                                request.reject(401, {{"WWW-Authenticate", "Basic realm=\"x\""}});
                            }});
    server.server.websocket("/cookie", {}, {.on_upgrade = [](UpgradeRequest request) {
                                request.accept({{"Set-Cookie", "a=b"}});
                            }});
}

// One hook that throws, and the path that leads to it.
struct Thrower {
    std::string_view name;
    std::string_view path;
    void (*put_into)(ClientOptions& options);
};

const Thrower kThrowers[] = {
    {"on_request", "",
     [](ClientOptions& options) {
         options.interceptors.push_back(
             {.on_request = [](const http::Uri&, auto&) { throw std::runtime_error("secret"); }});
     }},
    {"on_response", "",
     [](ClientOptions& options) {
         options.interceptors.push_back(
             {.on_response = [](const http::Uri&, int, const auto&) { throw 1; }});
     }},
    {"on_response of a refusal", "401",
     [](ClientOptions& options) {
         options.interceptors.push_back(
             {.on_response = [](const http::Uri&, int, const auto&) { throw 1; }});
     }},
    {"authenticate", "401",
     [](ClientOptions& options) {
         options.authenticate = [](auto&&...) -> std::optional<std::string> { throw 1; };
     }},
    {"cookies_for", "",
     [](ClientOptions& options) { options.cookies = std::make_shared<ThrowingJar>(true); }},
    {"receive_cookie", "cookie",
     [](ClientOptions& options) { options.cookies = std::make_shared<ThrowingJar>(false); }},
    {"the proxies' environment", "", [](ClientOptions& options) {
         options.proxies = proxy::Selector(
             [](const char*) -> std::optional<std::string> { throw std::runtime_error("secret"); });
     }}};

TEST(Call, L17_FailsOnceWhenAHookThrows) {
    test::EchoServer server;
    add_routes(server);
    server.start();
    for (const auto& thrower : kThrowers) {
        SCOPED_TRACE(thrower.name);
        Calls calls;
        thrower.put_into(calls.options);

        calls.start(server.url + std::string(thrower.path));
        ASSERT_NO_THROW(ASSERT_TRUE(calls.finish()));
        test::run_ready(calls.context);

        EXPECT_EQ(calls.answers, 1);
        ASSERT_TRUE(calls.error);
        EXPECT_EQ(calls.error->code, UsageError::handler_threw);
        EXPECT_EQ(calls.error->message.find("secret"), std::string::npos);
        ASSERT_GE(calls.witness->seen.size(), 2U);
        EXPECT_THAT(std::span(calls.witness->seen).last(2), ElementsAre("threw", "failed"));
        EXPECT_TRUE(calls.call.expired());
    }
}

TEST(Call, OpensNothingWhenWhoeverSeesTheAcceptanceGivesItUp) {
    test::EchoServer server;
    server.start();
    Calls calls;
    calls.options.interceptors.push_back(
        {.on_response = [&](const http::Uri&, int, const auto&) { calls.call.lock()->cancel(); }});

    calls.start(server.url);
    ASSERT_TRUE(calls.finish());
    test::run_ready(calls.context);

    EXPECT_EQ(calls.answers, 1);
    EXPECT_EQ(calls.error->code, UsageError::cancelled);
}

TEST(Call, L17_AResolverThatThrowsHasNoAnswer) {
    struct Throwing final : resolve::Resolver {
        std::unique_ptr<io::Operation> ask(io::Loop&, const eyeballs::SendQuery&,
                                           resolve::OnAnswer) override {
            throw std::runtime_error("secret");
        }
    };
    Calls calls;
    calls.options.resolver = std::make_shared<Throwing>();

    calls.start("ws://example.test/");
    ASSERT_NO_THROW(ASSERT_TRUE(calls.finish()));

    EXPECT_EQ(calls.answers, 1);
    EXPECT_EQ(calls.error->code, TransportError::resolve_failed);
}

TEST(Call, L17_IsNotDisturbedByAnObserverThatThrows) {
    struct Throwing final : observe::Observer {
        void observe(const observe::Event&, observe::Stamp) override {
            throw std::runtime_error("secret");
        }
    };
    test::EchoServer server;
    server.start();
    Calls calls;
    calls.options.observer = std::make_shared<Throwing>();

    calls.start(server.url);
    ASSERT_NO_THROW(ASSERT_TRUE(calls.finish()));

    EXPECT_FALSE(calls.error);
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
    calls.options.handshake_timeout = std::chrono::milliseconds(100);
    calls.options.max_redirects = 1;
    const BeginsToAnswer server(
        calls, "HTTP/1.1 301 Moved Permanently\r\nLocation: /b\r\nContent-Length: 9\r\n\r\n");

    calls.start(server.url());
    ASSERT_TRUE(calls.finish());

    EXPECT_EQ(calls.error->code, TransportError::handshake_timeout);
    ASSERT_TRUE(calls.error->refusal);
    EXPECT_EQ(calls.error->refusal->status, 301);
    EXPECT_THAT(calls.error->message, testing::HasSubstr("the time for another request is over"));
    EXPECT_FALSE(is_final_failure(*calls.error));
}

TEST(Call, ARefusalOfWhichOnlyTheBodyIsMissingIsARefusal) {
    Calls calls;
    calls.options.handshake_timeout = std::chrono::milliseconds(100);
    const BeginsToAnswer server(calls, "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n");

    calls.start(server.url());
    ASSERT_TRUE(calls.finish());

    EXPECT_EQ(calls.error->code, HandshakeError::rejected);
    EXPECT_TRUE(is_final_failure(*calls.error));
}

// What asks is on the stack then, and must still be there behind the question.
TEST(Call, CanBeGivenUpByWhoeverAsksForCredentialsOfAProxy) {
    Calls calls;
    const BeginsToAnswer proxy(calls,
                               "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                               "Content-Length: 0\r\n\r\n");
    calls.options.proxies = proxy::Selector(*proxy::parse_routes("http" + proxy.url().substr(2)));
    calls.options.proxy.authenticate = [&](auto&&...) -> std::optional<proxy::Credentials> {
        calls.call.lock()->cancel();
        return proxy::Credentials{"user", "password"};
    };

    calls.start("ws://example.org/");
    ASSERT_TRUE(calls.finish());
    test::run_ready(calls.context);

    EXPECT_EQ(calls.answers, 1);
    EXPECT_EQ(calls.error->code, UsageError::cancelled);
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
