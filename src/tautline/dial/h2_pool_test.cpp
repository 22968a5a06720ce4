// SPDX-License-Identifier: MIT
#include <tautline/dial/h2_pool.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>
#include <tests/support/echo_server.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/tls_pair.hpp>

#include <tautline/dial/contender.hpp>
#include <tautline/dial/race.hpp>
#include <tautline/io/loop_part.hpp>
#include <tautline/resolve/cares_resolver.hpp>
#include <tautline/session/registry_service.hpp>

// WebSockets over HTTP/2 by a whole client against a whole server.

namespace tautline::dial {
namespace {

// What servers allow, in the order of their SETTINGS.
struct Settings final : observe::Observer {
    void observe(const observe::Event& event, observe::Stamp) override {
        if (const auto* settings = std::get_if<observe::SettingsReceived>(&event)) {
            extended_connect.push_back(settings->extended_connect);
        }
        if (const auto* request = std::get_if<observe::RequestSent>(&event)) {
            asked.push_back(request->attempt.value());
        }
        if (const auto* response = std::get_if<observe::ResponseReceived>(&event)) {
            answered.push_back(response->attempt.value());
        }
    }
    std::vector<bool> extended_connect;
    std::vector<std::uint64_t> asked;
    std::vector<std::uint64_t> answered;
};

struct H2 {
    explicit H2(ServerOptions options = {}, RouteOptions slow = {}) : server(std::move(options)) {
        server.websocket("/",
                         {.on_message = [](Peer& peer, MessageView m) { (void)peer.send(m); }});
        server.websocket("/slow", {}, std::move(slow));
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
    std::string open(const std::string& path = "/", TlsClientOptions tls = test::client_options(),
                     std::optional<Duration> within = std::nullopt) {
        const auto uri = *http::parse_uri("wss://localhost:" + std::to_string(port) + path);
        std::optional<std::expected<Upgraded, Error>> result;
        RaceSetup setup{.uri = uri,
                        .offer = {.uri = uri},
                        .tls = tls,
                        .network = network,
                        .observed = {settings, {}}};
        if (within) setup.give_up_at = loop.now() + *within;
        if (adjust) adjust(setup);
        operations.push_back(
            race(loop, std::move(setup), [&](auto done) { result = std::move(done); }));
        if (!test::run_until(context, [&] { return result.has_value(); })) return "nothing";
        last = result->has_value() ? Error{} : result->error();
        if (!result->has_value()) return "an error";
        results.push_back(std::move(**result));
        return results.back().request.method + " " + std::to_string(results.back().response.status);
    }

    // Whether two of the WebSockets share a connection.
    [[nodiscard]] bool share(std::size_t one, std::size_t other) const {
        return results.at(one).stream->info().local_address ==
               results.at(other).stream->info().local_address;
    }

    Server server;
    std::uint16_t port = 0;
    std::thread thread;
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    eyeballs::NetworkConfig network{.http_versions = {.http3 = false}};
    std::shared_ptr<Settings> settings = std::make_shared<Settings>();
    std::function<void(RaceSetup&)> adjust;
    std::vector<std::unique_ptr<Operation>> operations;
    std::vector<Upgraded> results;
    Error last;
};

TEST(H2Pool, OpensAWebSocketOverHttp2) {
    H2 h2;

    EXPECT_EQ(h2.open(), "CONNECT 200") << h2.last.to_string();

    EXPECT_EQ(h2.settings->extended_connect, std::vector{true});
    EXPECT_EQ(h2.results[0].request.version_major, 2);
    EXPECT_EQ(h2.results[0].response.version_major, 2);
}

TEST(H2Pool, OpensTheSecondOverTheSameConnection) {
    H2 h2;

    EXPECT_EQ(h2.open(), "CONNECT 200");
    EXPECT_EQ(h2.open(), "CONNECT 200");

    EXPECT_TRUE(h2.share(0, 1));
}

TEST(H2Pool, OverAnOpenConnectionNoAttemptIsAskedOrAnswers) {
    H2 h2;

    EXPECT_EQ(h2.open(), "CONNECT 200");
    EXPECT_EQ(h2.open(), "CONNECT 200");

    ASSERT_EQ(h2.settings->asked.size(), 2U);
    EXPECT_NE(h2.settings->asked[0], 0U);
    EXPECT_EQ(h2.settings->asked[1], 0U);
    EXPECT_EQ(h2.settings->answered, h2.settings->asked);
}

TEST(H2Pool, CountsEachWebSocketAsAConnectionOfTheServer) {
    ServerOptions options;
    options.max_connections = 2;
    H2 h2(std::move(options));

    EXPECT_EQ(h2.open(), "CONNECT 200");
    EXPECT_EQ(h2.server.connections(), 1U);
    EXPECT_EQ(h2.open(), "CONNECT 200");
    EXPECT_EQ(h2.server.connections(), 2U);
    EXPECT_EQ(h2.open(), "an error");

    EXPECT_EQ(h2.last.refusal->status, 503);
}

TEST(H2Pool, CountsEachWebSocketAsAConnectionOfItsAddress) {
    ServerOptions options;
    options.max_connections_per_address = 2;
    H2 h2(std::move(options));

    EXPECT_EQ(h2.open(), "CONNECT 200");
    EXPECT_EQ(h2.open(), "CONNECT 200");
    EXPECT_EQ(h2.open(), "an error");

    EXPECT_EQ(h2.last.refusal->status, 503);
    EXPECT_EQ(h2.server.connections(), 2U);
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

TEST(H2Pool, SharesNothingThatAResolverOfItsOwnFound) {
    H2 h2;

    EXPECT_EQ(h2.open(), "CONNECT 200");
    h2.adjust = [&](RaceSetup& setup) { setup.resolver = &resolve::system_resolver(h2.loop); };
    EXPECT_EQ(h2.open(), "CONNECT 200");
    EXPECT_EQ(h2.open(), "CONNECT 200");
    h2.adjust = nullptr;
    EXPECT_EQ(h2.open(), "CONNECT 200");

    EXPECT_FALSE(h2.share(0, 1) || h2.share(1, 2));
    EXPECT_TRUE(h2.share(0, 3));
}

TEST(H2Pool, SharesNothingBetweenDifferentFamilies) {
    H2 h2;

    EXPECT_EQ(h2.open(), "CONNECT 200");
    h2.network.ip = eyeballs::IpMode::v4_only;
    EXPECT_EQ(h2.open(), "CONNECT 200");

    EXPECT_FALSE(h2.share(0, 1));
}

// Carries bytes between the clients of its port and a server.
struct Relay {
    using Socket = asio::ip::tcp::socket;
    struct Link {
        Socket client;
        Socket server;
        int number;
        std::string head = {};
        std::array<char, 16'384> up = {};
        std::array<char, 16'384> down = {};
    };

    Relay(asio::io_context& context, std::uint16_t server)
        : acceptor(context, {asio::ip::address_v4::loopback(), 0}), server_port(server) {
        accept();
    }
    virtual ~Relay() = default;
    void accept() {
        acceptor.async_accept([this](std::error_code error, Socket client) {
            ASSERT_FALSE(error);
            Socket server(client.get_executor());
            server.connect({asio::ip::address_v4::loopback(), server_port});
            begin(std::make_shared<Link>(std::move(client), std::move(server), ++accepted));
            accept();
        });
    }
    virtual void begin(const std::shared_ptr<Link>& link) {
        carry(link, link->client, link->server, link->up);
        carry(link, link->server, link->client, link->down);
    }
    void carry(const std::shared_ptr<Link>& link, Socket& from, Socket& to,
               std::array<char, 16'384>& room) {
        from.async_read_some(asio::buffer(room),
                             [&, link](std::error_code error, std::size_t count) {
                                 if (error) return;
                                 if (link->number > silent)
                                     asio::write(to, asio::buffer(room, count));
                                 carry(link, from, to, room);
                             });
    }

    asio::ip::tcp::acceptor acceptor;
    std::uint16_t server_port;
    int accepted = 0;
    int silent = 0;  // Through so many of the first connections nothing comes any more.
};

// Carries everybody to the server, whoever they are.
struct Proxy final : Relay {
    using Relay::Relay;
    void begin(const std::shared_ptr<Link>& link) override {
        asio::async_read_until(
            link->client, asio::dynamic_buffer(link->head), "\r\n\r\n",
            [this, link](std::error_code failed, std::size_t) {
                ASSERT_FALSE(failed);
                ++tunnels;
                asio::write(link->client, asio::buffer(std::string("HTTP/1.1 200 OK\r\n\r\n")));
                Relay::begin(link);
            });
    }

    int tunnels = 0;
};

struct Proxied : H2 {
    explicit Proxied(ProxyOptions options = {}) : proxy(context, port) {
        adjust = [this, options](RaceSetup& setup) {
            const auto at = "p@127.0.0.1:" + std::to_string(proxy.acceptor.local_endpoint().port());
            setup.proxy = proxy::parse_proxy_url("http://" + user + at).value();
            setup.proxy_options = options;
        };
    }
    Proxy proxy;
    std::string user;
};

TEST(H2Pool, SharesATunnelWithItsUserOnly) {
    Proxied h2;

    for (const char* user : {"alice:", "alice:", "bob:"}) {
        h2.user = user;
        EXPECT_EQ(h2.open(), "CONNECT 200") << h2.last.to_string();
    }

    EXPECT_EQ(h2.proxy.tunnels, 2);
}

TEST(H2Pool, SharesNoTunnelWhoseUserIsAskedFor) {
    ProxyOptions asks;
    asks.authenticate = [](const auto&, const auto&) { return std::nullopt; };
    Proxied h2(asks);
    h2.user = "alice:";

    EXPECT_EQ(h2.open(), "CONNECT 200");
    EXPECT_EQ(h2.open(), "CONNECT 200");

    EXPECT_EQ(h2.proxy.tunnels, 2);
}

TEST(H2Pool, HoldsAnAnswerToTheLimitsOfItsCall) {
    H2 h2;
    EXPECT_EQ(h2.open(), "CONNECT 200");

    h2.adjust = [](RaceSetup& setup) { setup.head_limits.head_bytes = 20; };

    EXPECT_EQ(h2.open(), "an error");
}

// The server allows no reset at all.
TEST(H2Pool, X02_ARefusalResetsNothing) {
    ServerOptions options;
    options.http2->reset_burst = 0;
    H2 h2(std::move(options));
    EXPECT_EQ(h2.open(), "CONNECT 200");

    EXPECT_EQ(h2.open("/nowhere"), "an error");
    EXPECT_EQ(h2.open("/nowhere"), "an error");
    EXPECT_EQ(h2.open(), "CONNECT 200");

    EXPECT_TRUE(h2.share(0, 1));
}

// RFC 9113 section 7.
TEST(H2Pool, TakesHttp11RequiredForACallForHttp11) {
    const Error error{.code = h2::make_error_code(h2::ErrorCode::http_1_1_required),
                      .phase = Phase::handshake};

    EXPECT_EQ(result_for(error, eyeballs::HttpVersion::http2),
              eyeballs::SessionResult::not_supported);
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
    EXPECT_EQ(h2.settings->extended_connect, std::vector{false});
}

TEST(H2Pool, ForgetsAfterAnHourThatAnOriginIsHttp1Only) {
    using namespace std::chrono_literals;
    asio::io_context context;
    auto& pool = io::part_of<H2Pool>(io::Loop::of(context));
    const H2Pool::Origin origin{.host = "example.org", .port = 443, .tls = {}};
    const Instant now{};

    pool.remember_http1_only(origin, now);

    EXPECT_TRUE(pool.is_http1_only(origin, now + 59min));
    EXPECT_FALSE(pool.is_http1_only(origin, now + 60min));
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

// Half of it is for an open connection to answer, the rest is enough to dial.
constexpr auto kSoon = std::chrono::seconds(2);

// A connection is open, with a stream, through which nothing comes any more.
struct Silenced : H2 {
    Silenced() : relay(context, port) {
        port = relay.acceptor.local_endpoint().port();
        EXPECT_EQ(open(), "CONNECT 200");
        relay.silent = 1;
    }
    std::string open_soon() { return open("/", test::client_options(), kSoon); }

    Relay relay;
};

TEST(H2Pool, DialsAnewWhenAnOpenConnectionSaysNothing) {
    Silenced h2;

    EXPECT_EQ(h2.open_soon(), "CONNECT 200");
    EXPECT_EQ(h2.open(), "CONNECT 200");

    EXPECT_EQ(h2.relay.accepted, 2);
    EXPECT_EQ(h2.results[1].stream->info().local_address,
              h2.results[2].stream->info().local_address);
}

TEST(H2Pool, EndsASilentConnectionWithItsLastStreamAtOnce) {
    Silenced h2;
    ASSERT_EQ(h2.open_soon(), "CONNECT 200");
    ASSERT_EQ(session::client_registry(h2.loop).size(), 2U);

    h2.results.erase(h2.results.begin());
    test::run_ready(h2.context);

    EXPECT_EQ(session::client_registry(h2.loop).size(), 1U);
}

TEST(H2Pool, TakesTheLateAnswerOfAnOpenConnection) {
    std::vector<UpgradeRequest> asked;
    RouteOptions slow;
    slow.on_upgrade = [&](UpgradeRequest request) {
        asked.push_back(std::move(request));
        if (asked.size() == 2) asked[0].accept();
    };
    H2 h2({}, std::move(slow));
    ASSERT_EQ(h2.open(), "CONNECT 200");

    EXPECT_EQ(h2.open("/slow", test::client_options(), kSoon), "CONNECT 200");

    EXPECT_EQ(h2.results[0].stream->info().local_address,
              h2.results[1].stream->info().local_address);
}

}  // namespace
}  // namespace tautline::dial
