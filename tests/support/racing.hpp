// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>
#include <tests/support/echo_server.hpp>
#include <tests/support/run_until.hpp>

#include <tautline/dial/proxy_observer.hpp>
#include <tautline/dial/race.hpp>

// Addresses of 127.0.0.0/8 with one port: each is another host, and one of them is good.

namespace tautline::test {

using namespace std::chrono_literals;

inline IpAddress host(std::uint8_t number) { return IpAddress(IpAddress::V4{127, 0, 0, number}); }
inline constexpr std::uint8_t kGood = 9;

// When what happened.
struct RaceStory final : observe::Observer {
    void observe(const observe::Event& event, observe::Stamp stamp) override {
        calls.insert(stamp.call);
        if (const auto* step = std::get_if<observe::RaceStep>(&event)) {
            steps.push_back(eyeballs::to_string(step->output));
            const auto* start = std::get_if<eyeballs::StartAttempt>(&step->output);
            if (start && start->id.value() < dial::kProxyNumbers) starts.push_back(stamp.now);
            if (const auto* end = std::get_if<eyeballs::Failed>(&step->output)) failed = *end;
        }
        if (std::holds_alternative<observe::ProxyEnded>(event)) tunnelled = stamp.now;
        const auto* connect = std::get_if<observe::ConnectEnded>(&event);
        if (connect && connect->error) refused.push_back(connect->attempt.value());
        if (const auto* request = std::get_if<observe::RequestSent>(&event)) {
            asked.push_back(request->attempt.value());
        }
        if (const auto* response = std::get_if<observe::ResponseReceived>(&event)) {
            answered.push_back(response->attempt.value());
        }
    }
    std::set<observe::CallId> calls;
    std::vector<Instant> starts;
    std::vector<std::string> steps;      // in words
    std::vector<std::uint64_t> refused;  // attempts that found nobody
    std::optional<Instant> tunnelled;
    std::vector<std::uint64_t> asked;     // attempts that were asked for the WebSocket
    std::vector<std::uint64_t> answered;  // those whose answer came
    std::optional<eyeballs::Failed> failed;
};

struct Alarm final : io::TimerNode {
    void on_timer(Instant) override { rang = true; }
    bool rang = false;
};

struct Racing {
    explicit Racing(ListenOptions options = {}) : server(with_host(std::move(options))) {
        server.start();
    }
    static ListenOptions with_host(ListenOptions options) {
        options.host = host(kGood).to_string();
        return options;
    }
    [[nodiscard]] IpEndpoint at(std::uint8_t number) const { return {host(number), server.port}; }

    // A host that takes connections and says nothing.
    void listen_silently(std::uint8_t number) {
        silent.emplace_back(context, asio_endpoint(number));
    }
    // A host whose backlog is full: what it is sent is dropped.
    void drop_everything(std::uint8_t number) {
        auto& acceptor = silent.emplace_back(context);
        acceptor.open(asio::ip::tcp::v4());
        acceptor.bind(asio_endpoint(number));
        acceptor.listen(0);
        for (int i = 0; i < 2; ++i) {
            auto& filler = fillers.emplace_back(context);
            filler.async_connect(asio_endpoint(number), [](const asio::error_code&) {});
        }
        run_ready(context);
    }
    [[nodiscard]] asio::ip::tcp::endpoint asio_endpoint(std::uint8_t number) const {
        return {asio::ip::address_v4(host(number).v4()), server.port};
    }

    // To `example.test`, whose addresses are these.
    [[nodiscard]] dial::RaceSetup setup(std::vector<IpAddress> addresses, const std::string& path,
                                        const std::string& scheme) {
        resolver.add("example.test", std::move(addresses));
        const auto uri =
            *http::parse_uri(scheme + "://example.test:" + std::to_string(server.port) + path);
        return {.uri = uri,
                .offer = {.uri = uri},
                .tls = tls,
                .head_limits = {},
                .network = network,
                .resolver = &resolver,
                .proxy = proxy,
                .observed = {story, observe::CallId(1)},
                .give_up_at = loop.now() + within,
                .move_on_at = loop.now() + moving_on};
    }
    void begin(std::vector<IpAddress> addresses, const std::string& scheme = "ws",
               const std::string& path = "/") {
        operation = dial::race(loop, setup(std::move(addresses), path, scheme), [this](auto done) {
            result = std::move(done);
            operation.reset();
        });
    }
    [[nodiscard]] bool finish() {
        return run_until(context, [this] { return result.has_value(); });
    }
    [[nodiscard]] bool wins() {
        return finish() && result->has_value() &&
               (*result)->stream->info().peer_address == at(kGood).to_string();
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    EchoServer server;
    std::list<asio::ip::tcp::acceptor> silent;
    std::list<asio::ip::tcp::socket> fillers;
    resolve::StaticResolver resolver;
    eyeballs::NetworkConfig network{.http_versions = {.http2 = false, .http3 = false},
                                    .attempt_delay = 10ms};
    TlsClientOptions tls;
    std::optional<proxy::ProxyUrl> proxy;
    Duration within = 1h;
    Duration moving_on = 1h;
    std::shared_ptr<RaceStory> story = std::make_shared<RaceStory>();
    std::unique_ptr<dial::Operation> operation;
    std::optional<std::expected<dial::Upgraded, Error>> result;
};

/// The proxy of a race: of SOCKS5, and it thinks for a while before it chooses its method. What it
/// is asked then it answers with `last`, or never.
struct SlowSocks {
    SlowSocks(Racing& racing, Duration thinking, std::vector<char> last = {})
        : acceptor(racing.context, {asio::ip::address_v4::loopback(), 0}) {
        racing.proxy = *proxy::parse_proxy_url("socks5://127.0.0.1:" +
                                               std::to_string(acceptor.local_endpoint().port()));
        asio::co_spawn(racing.context, serve(thinking, std::move(last)), asio::detached);
    }
    asio::awaitable<void> serve(Duration thinking, std::vector<char> last) {
        auto peer = co_await acceptor.async_accept(asio::use_awaitable);
        std::array<char, 64> received{};
        co_await peer.async_read_some(asio::buffer(received), asio::use_awaitable);
        asio::steady_timer timer(peer.get_executor(), thinking);
        co_await timer.async_wait(asio::use_awaitable);
        co_await asio::async_write(peer, asio::buffer("\x05", 2), asio::use_awaitable);
        while (true) {
            co_await peer.async_read_some(asio::buffer(received), asio::use_awaitable);
            co_await asio::async_write(peer, asio::buffer(last), asio::use_awaitable);
            last.clear();
        }
    }

    asio::ip::tcp::acceptor acceptor;
};

}  // namespace tautline::test
