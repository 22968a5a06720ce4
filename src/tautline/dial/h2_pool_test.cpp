// SPDX-License-Identifier: MIT
#include <tautline/dial/h2_pool.hpp>

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/echo_server.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/tls_pair.hpp>

#include <tautline/dial/race.hpp>
#include <tautline/session/registry_service.hpp>

// WebSockets over HTTP/2 by a whole client against a whole server.

namespace tautline::dial {
namespace {

struct H2 {
    explicit H2(ServerOptions options = {}) : server(std::move(options)) {
        server.websocket("/",
                         {.on_message = [](Peer& peer, MessageView m) { (void)peer.send(m); }});
        ListenOptions listen;
        listen.tls = test::server_options_for({"localhost"});
        port = server.listen(listen)->port;
        thread = std::thread([this] { server.run(); });
    }
    ~H2() {
        results.clear();
        server.stop(Duration::zero());
        thread.join();
    }
    // Opens a WebSocket and says over what.
    std::string open(const std::string& path = "/", TlsClientOptions tls = test::client_options()) {
        const auto uri = *http::parse_uri("wss://localhost:" + std::to_string(port) + path);
        std::optional<std::expected<Upgraded, Error>> result;
        operations.push_back(
            race(loop, {.uri = uri, .offer = {.uri = uri}, .tls = tls, .network = network},
                 [&](auto done) { result = std::move(done); }));
        if (!test::run_until(context, [&] { return result.has_value(); })) return "nothing";
        last = result->has_value() ? Error{} : result->error();
        if (!result->has_value()) return "an error";
        results.push_back(std::move(**result));
        return results.back().request.method + " " + std::to_string(results.back().response.status);
    }

    Server server;
    std::uint16_t port = 0;
    std::thread thread;
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    eyeballs::NetworkConfig network{.http_versions = {.http3 = false}};
    std::vector<std::unique_ptr<Operation>> operations;
    std::vector<Upgraded> results;
    Error last;
};

TEST(H2Pool, OpensAWebSocketOverHttp2) {
    H2 h2;

    EXPECT_EQ(h2.open(), "CONNECT 200") << h2.last.to_string();
}

TEST(H2Pool, OpensTheSecondOverTheSameConnection) {
    H2 h2;

    EXPECT_EQ(h2.open(), "CONNECT 200");
    EXPECT_EQ(h2.open(), "CONNECT 200");

    EXPECT_EQ(h2.server.connections(), 1U);
    EXPECT_EQ(h2.results[0].stream->info().local_address,
              h2.results[1].stream->info().local_address);
}

TEST(H2Pool, SharesNothingBetweenDifferentTrust) {
    H2 h2;
    auto other = test::client_options();
    other.require_tls13 = true;

    EXPECT_EQ(h2.open(), "CONNECT 200");
    EXPECT_EQ(h2.open("/", other), "CONNECT 200");

    EXPECT_NE(h2.results[0].stream->info().local_address,
              h2.results[1].stream->info().local_address);
}

TEST(H2Pool, TellsARefusalWithItsBody) {
    H2 h2;

    EXPECT_EQ(h2.open("/nowhere"), "an error");

    EXPECT_EQ(h2.last.code, HandshakeError::rejected);
    ASSERT_TRUE(h2.last.refusal);
    EXPECT_EQ(h2.last.refusal->status, 404);
    EXPECT_NE(h2.last.refusal->body.find("Not found"), std::string::npos);
}

TEST(H2Pool, TellsARefusalOnAnOpenConnection) {
    H2 h2;
    ASSERT_EQ(h2.open(), "CONNECT 200");

    EXPECT_EQ(h2.open("/nowhere"), "an error");

    EXPECT_EQ(h2.last.refusal->status, 404);
}

TEST(H2Pool, FallsBackToHttp1WhereHttp2TakesNoWebSockets) {
    ServerOptions options;
    options.http2->extended_connect = false;
    H2 h2(std::move(options));

    EXPECT_EQ(h2.open(), "GET 101") << h2.last.to_string();
    // And remembers it: the second race offers HTTP/1.1 only.
    EXPECT_EQ(h2.open(), "GET 101");
}

TEST(H2Pool, SpeaksHttp1ToAServerWithoutHttp2) {
    ServerOptions options;
    options.http2.reset();
    H2 h2(std::move(options));

    EXPECT_EQ(h2.open(), "GET 101");
}

TEST(H2Pool, EndsAConnectionWithItsLastStream) {
    H2 h2;
    ASSERT_EQ(h2.open(), "CONNECT 200");
    ASSERT_EQ(session::client_registry(h2.loop).size(), 1U);

    h2.results.clear();

    EXPECT_TRUE(test::run_until(h2.context,
                                [&] { return session::client_registry(h2.loop).size() == 0U; }));
}

}  // namespace
}  // namespace tautline::dial
