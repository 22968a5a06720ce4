// SPDX-License-Identifier: MIT
#include <tautline/server/h2_exchange.hpp>

#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/tls_pair.hpp>

#include <tautline/blocking/web_socket.hpp>
#include <tautline/server/server.hpp>

namespace tautline {
namespace {

struct Serving {
    explicit Serving(ServerOptions options = {}) : server(std::move(options)) {}
    ~Serving() {
        server.stop(Duration::zero());
        if (thread.joinable()) thread.join();
    }
    void start() {
        ListenOptions listen;
        listen.tls = test::server_options_for({"localhost"});
        port = server.listen(listen)->port;
        thread = std::thread([this] { server.run(); });
    }
    [[nodiscard]] std::expected<blocking::WebSocket, Error> open(const std::string& path) const {
        ClientOptions options;
        options.tls = test::client_options();
        return blocking::connect("wss://localhost:" + std::to_string(port) + path, options);
    }
    Server server;
    std::uint16_t port = 0;
    std::thread thread;
};

Handlers echo() {
    return {.on_message = [](Peer& peer, MessageView message) { (void)peer.send(message); }};
}

TEST(H2Exchange, EchoesLikeHttp1) {
    Serving serving;
    serving.server.websocket("/chat/{room}", echo(),
                             {.connection = {.compression = deflate::Options{}}});
    serving.start();

    auto ws = serving.open("/chat/red");

    ASSERT_TRUE(ws) << ws.error().to_string();
    EXPECT_EQ(ws->info().stream.alpn, "h2");
    EXPECT_TRUE(ws->info().compression);
    const std::string large(300'000, 'x');
    for (const auto& text : {std::string(), std::string("hello"), large}) {
        ASSERT_TRUE(ws->send(text));
        EXPECT_EQ(ws->receive()->text(), text);
    }
    EXPECT_TRUE(ws->close().clean);
}

// The server serves on a thread of its own.
struct Witness final : observe::Observer {
    void observe(const observe::Event& event, observe::Stamp) override {
        const std::lock_guard lock(mutex);
        if (const auto* request = std::get_if<observe::RequestReceived>(&event)) {
            seen.push_back(request->request.target);
        } else if (const auto* response = std::get_if<observe::ResponseSent>(&event)) {
            seen.push_back("HTTP/" + std::to_string(response->response.version_major) + " " +
                           std::to_string(response->response.status));
        } else if (std::holds_alternative<observe::Opened>(event)) {
            seen.emplace_back("opened");
        }
    }
    std::mutex mutex;
    std::vector<std::string> seen;
};

TEST(H2Exchange, TellsAnObserverOfTheHandshakeBeforeTheOpening) {
    const auto witness = std::make_shared<Witness>();
    Serving serving({.observer = witness});
    serving.server.websocket("/", echo());
    serving.start();

    EXPECT_TRUE(serving.open("/")->close().clean);
    EXPECT_FALSE(serving.open("/nothing"));

    const std::lock_guard lock(witness->mutex);
    EXPECT_EQ(witness->seen,
              (std::vector<std::string>{"/", "HTTP/2 200", "opened", "/nothing", "HTTP/2 404"}));
}

TEST(H2Exchange, LetsTheApplicationDecideLater) {
    Serving serving;
    std::thread later;
    RouteOptions options;
    options.on_upgrade = [&](UpgradeRequest request) {
        later = std::thread(
            [request = std::move(request)]() mutable { request.accept({{"X-Decided", "yes"}}); });
    };
    serving.server.websocket("/", echo(), std::move(options));
    serving.start();

    auto ws = serving.open("/");
    later.join();

    ASSERT_TRUE(ws) << ws.error().to_string();
    EXPECT_EQ(ws->info().response_fields.find("X-Decided"), "yes");
}

TEST(H2Exchange, HandsWhatTheDecisionFoundOutToTheConnection) {
    Serving serving;
    std::promise<std::string> user;
    RouteOptions options;
    options.on_upgrade = [](UpgradeRequest request) {
        request.data<std::string>() = "anna";
        request.accept();
    };
    Handlers handlers;
    handlers.on_open = [&](Peer& peer) { user.set_value(peer.data<std::string>()); };
    serving.server.websocket("/", std::move(handlers), std::move(options));
    serving.start();

    const auto ws = serving.open("/");

    ASSERT_TRUE(ws) << ws.error().to_string();
    EXPECT_EQ(user.get_future().get(), "anna");
}

TEST(H2Exchange, TellsTheApplicationsRefusal) {
    Serving serving;
    RouteOptions options;
    options.on_upgrade = [](UpgradeRequest request) { request.reject(401, {}, "who are you\n"); };
    serving.server.websocket("/", echo(), std::move(options));
    serving.start();

    const auto ws = serving.open("/");

    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().refusal->status, 401);
    EXPECT_EQ(ws.error().refusal->body, "who are you\n");
}

TEST(H2Exchange, AnswersWithAnErrorForAnApplicationThatThrows) {
    Serving serving;
    RouteOptions options;
    options.on_upgrade = [](UpgradeRequest) { throw 1; };
    serving.server.websocket("/", echo(), std::move(options));
    serving.start();

    const auto ws = serving.open("/");

    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().refusal->status, 500);
}

TEST(H2Exchange, AnswersForAnApplicationThatTakesTooLong) {
    ServerOptions server_options;
    server_options.decision_timeout = std::chrono::milliseconds(500);
    Serving serving(std::move(server_options));
    std::optional<UpgradeRequest> kept;
    RouteOptions options;
    options.on_upgrade = [&](UpgradeRequest request) { kept.emplace(std::move(request)); };
    serving.server.websocket("/", echo(), std::move(options));
    serving.start();

    const auto ws = serving.open("/");

    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().refusal->status, 503);
}

TEST(H2Exchange, SaysGoodbyeToEverySessionWhenTheServerStops) {
    Serving serving;
    serving.server.websocket("/", echo());
    serving.start();
    auto ws = serving.open("/");
    ASSERT_TRUE(ws);

    serving.server.stop(std::chrono::seconds(5));

    const auto end = ws->receive();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, CloseCode::going_away);
}

TEST(H2Exchange, AnswersWithAnErrorForAFieldThatMayNotTravel) {
    Serving serving;
    RouteOptions options;
    options.on_upgrade = [](UpgradeRequest request) { request.accept({{"X", "a\r\nY: b"}}); };
    serving.server.websocket("/", echo(), std::move(options));
    serving.start();

    const auto ws = serving.open("/");

    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().refusal->status, 500);
}

}  // namespace
}  // namespace tautline
