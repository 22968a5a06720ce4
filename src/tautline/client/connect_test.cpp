// SPDX-License-Identifier: MIT
#include <tautline/client/connect.hpp>

#include <optional>
#include <stdexcept>
#include <string>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>
#include <tests/support/echo_server.hpp>
#include <unistd.h>

namespace tautline {
namespace {

using namespace std::chrono_literals;
using asio::awaitable;
using test::EchoServer;

// Options stand in variables, as g++ 12 refuses a braced list inside a co_await expression.

// Runs a coroutine to its end on a loop of its own.
template <typename Body>
void run(Body body) {
    asio::io_context context;
    bool done = false;
    asio::co_spawn(context, body(), [&](std::exception_ptr thrown) {
        done = true;
        if (thrown) std::rethrow_exception(thrown);
    });
    context.run_for(30s);
    EXPECT_TRUE(done);
}

// A listener that takes connections into its backlog and never answers.
struct SilentServer {
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    std::string url = "ws://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/";
};

TEST(Connect, L17_FailsWhenAnInterceptorThrows) {
    EchoServer server;
    server.start();
    ClientOptions options;
    options.interceptors.push_back({.on_response = [](const http::Uri&, int, const auto&) {
        throw std::runtime_error("no");
    }});
    run([&]() -> awaitable<void> {
        const auto ws = co_await connect(server.url, options);
        EXPECT_FALSE(ws);
        EXPECT_EQ(ws.error().code, UsageError::handler_threw);
    });
}

TEST(Connect, TalksToAServer) {
    EchoServer server;
    server.start();
    run([&]() -> awaitable<void> {
        const ClientOptions options{.subprotocols = {"xml", "json"}};
        auto ws = co_await connect(server.url, options);
        EXPECT_TRUE(ws) << ws.error().to_string();
        EXPECT_EQ(ws->info().subprotocol, "json");
        EXPECT_TRUE(ws->info().compression);
        EXPECT_FALSE(ws->info().stream.peer_address.empty());
        (void)co_await ws->send("hello");
        EXPECT_EQ((co_await ws->receive())->text(), "hello");
        EXPECT_TRUE((co_await ws->close()).clean);
    });
}

// co_spawn wants results that can be made from nothing.
awaitable<std::error_code> connect_error(std::string url) {
    auto ws = co_await connect(url);
    co_return ws ? std::error_code() : ws.error().code;
}

TEST(Connect, RunsOnAStrandToo) {
    EchoServer server;
    server.start();
    asio::io_context context;
    auto error =
        asio::co_spawn(asio::make_strand(context), connect_error(server.url), asio::use_future);
    context.run_for(30s);
    EXPECT_EQ(error.get(), std::error_code());
}

TEST(Connect, RefusesAnExecutorWithoutALoop) {
    asio::thread_pool pool(1);
    auto error = asio::co_spawn(pool, connect_error("ws://127.0.0.1:1/"), asio::use_future);
    EXPECT_EQ(error.get(), std::error_code(UsageError::option_invalid));
}

TEST(Connect, ReceivesALargeMessageInParts) {
    const std::string large(std::size_t{8} << 20, 'x');
    EchoServer server;
    server.server.websocket("/large", {.on_open = [&](Peer& peer) { (void)peer.send(large); }});
    server.start();
    run([&]() -> awaitable<void> {
        const ClientOptions options{
            .connection = {.max_message_bytes = large.size(), .delivery = Delivery::streamed}};
        auto ws = co_await connect(server.url + "large", options);
        EXPECT_TRUE(ws) << ws.error().to_string();
        std::string received;
        bool last = false;
        while (!last) {
            const auto part = co_await ws->receive_part();
            EXPECT_LE(part->bytes().size(), 16U * 1024);
            received += part->text();
            last = part->last();
        }
        EXPECT_TRUE(received == large);
        EXPECT_TRUE((co_await ws->close()).clean);
    });
}

TEST(Connect, SaysWhatIsWrongWithAUrl) {
    run([]() -> awaitable<void> {
        const auto ws = co_await connect("example.org");
        EXPECT_EQ(ws.error().code, UsageError::url_invalid);
        EXPECT_NE(ws.error().message.find("ws://"), std::string::npos);
    });
}

TEST(Connect, SaysWhichAddressRefusedTheConnection) {
    std::string url;
    {
        SilentServer gone;
        url = gone.url;
    }
    run([&]() -> awaitable<void> {
        const auto ws = co_await connect(url);
        EXPECT_EQ(ws.error().code, std::errc::connection_refused);
        EXPECT_EQ(ws.error().phase, Phase::connect);
        EXPECT_EQ("ws://" + ws.error().endpoint + "/", url);
    });
}

TEST(Connect, SaysThatANameHasNoAddress) {
    run([]() -> awaitable<void> {
        const auto ws = co_await connect("ws://no-such-host.invalid/");
        EXPECT_EQ(ws.error().code, TransportError::resolve_failed);
        EXPECT_EQ(ws.error().phase, Phase::resolve);
    });
}

TEST(Connect, H04_HasATotalDeadline) {
    SilentServer server;
    run([&]() -> awaitable<void> {
        const ClientOptions options{.handshake_timeout = 50ms};
        const auto ws = co_await connect(server.url, options);
        EXPECT_EQ(ws.error().code, TransportError::handshake_timeout);
    });
}

// Answers with a head that goes on for as long as somebody takes it.
awaitable<void> drip(asio::ip::tcp::acceptor& acceptor) {
    auto peer = co_await acceptor.async_accept(asio::use_awaitable);
    std::string piece = "HTTP/1.1 101 Switching Protocols\r\nX: ";
    std::error_code gone;
    while (!gone) {
        co_await asio::async_write(peer, asio::buffer(piece),
                                   asio::redirect_error(asio::use_awaitable, gone));
        piece = "x";
    }
}

TEST(Connect, H04_HasATotalDeadlineForAServerThatDrips) {
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(acceptor.local_endpoint().port());
    // Only time can end this head: no length of it is too much.
    constexpr std::size_t kEnough = std::size_t{1} << 30;
    const ClientOptions options{.handshake_timeout = 100ms,
                                .head_limits = {.head_bytes = kEnough, .line_bytes = kEnough}};
    std::optional<Error> error;
    asio::co_spawn(context, drip(acceptor), asio::detached);
    asio::co_spawn(
        context,
        [&]() -> awaitable<void> {
            const auto ws = co_await connect("ws://127.0.0.1:" + port + "/", options);
            if (!ws) error = ws.error();
        },
        asio::detached);
    context.run_for(30s);

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, TransportError::handshake_timeout);
    EXPECT_EQ(error->phase, Phase::handshake);
}

TEST(Connect, RefusesToGoWithoutAnEngine) {
    run([]() -> awaitable<void> {
        const ClientOptions options{.engine = nullptr};
        const auto ws = co_await connect("ws://127.0.0.1:1/", options);
        EXPECT_EQ(ws.error().code, UsageError::option_invalid);
        EXPECT_EQ(ws.error().message, "engine must not be null");
    });
}

TEST(Connect, RefusesTimesOfASessionThatMeanNothing) {
    run([]() -> awaitable<void> {
        const ClientOptions options{.connection = {.ping_interval = Duration::max()}};
        const auto ws = co_await connect("ws://127.0.0.1:1/", options);
        EXPECT_EQ(ws.error().code, UsageError::option_invalid);
        EXPECT_NE(ws.error().message.find("ping_interval"), std::string::npos);
    });
}

TEST(Connect, SaysWhereItStoodAtTheDeadline) {
    SilentServer server;
    run([&]() -> awaitable<void> {
        const ClientOptions options{.handshake_timeout = 100ms};
        const auto ws = co_await connect("wss" + server.url.substr(2), options);
        EXPECT_EQ(ws.error().phase, Phase::tls);
        EXPECT_EQ("ws://" + ws.error().endpoint + "/", server.url);
    });
}

TEST(Connect, HasADeadlineOverAUnixSocketToo) {
    const std::string path = testing::TempDir() + "silent." + std::to_string(::getpid());
    ::unlink(path.c_str());
    asio::io_context context;
    const asio::local::stream_protocol::acceptor silent(context, {path});
    run([&]() -> awaitable<void> {
        const ClientOptions options{.handshake_timeout = 50ms};
        const auto ws = co_await connect("ws+unix:" + path, options);
        EXPECT_EQ(ws.error().code, TransportError::handshake_timeout);
        EXPECT_EQ(ws.error().phase, Phase::handshake);
        EXPECT_EQ(ws.error().endpoint, "unix:" + path);
    });
    ::unlink(path.c_str());
}

std::string proxy_at(const SilentServer& server) { return "http" + server.url.substr(2); }

TEST(Connect, GoesPastAProxyThatSaysNothing) {
    EchoServer server;
    server.start();
    SilentServer proxy;
    run([&]() -> awaitable<void> {
        ClientOptions options{.handshake_timeout = 1s};
        options.proxies = proxy::Selector(*proxy::parse_routes(proxy_at(proxy) + "; DIRECT"));
        const auto ws = co_await connect(server.url, options);
        EXPECT_TRUE(ws) << ws.error().to_string();
    });
}

TEST(Connect, NamesAProxyThatSaysNothing) {
    SilentServer proxy;
    run([&]() -> awaitable<void> {
        ClientOptions options{.handshake_timeout = 100ms};
        options.proxies = proxy::Selector(*proxy::parse_routes(proxy_at(proxy)));
        const auto ws = co_await connect("ws://example.org/", options);
        EXPECT_EQ(ws.error().code, TransportError::handshake_timeout);
        EXPECT_EQ(ws.error().phase, Phase::proxy);
        EXPECT_EQ(ws.error().endpoint + "/", proxy_at(proxy));
    });
}

TEST(Connect, H15_TellsStatusHeadersAndBodyOfARefusal) {
    EchoServer server;
    server.start();
    run([&]() -> awaitable<void> {
        const auto ws = co_await connect(server.url + "nowhere");
        EXPECT_EQ(ws.error().code, HandshakeError::rejected);
        EXPECT_EQ(ws.error().phase, Phase::handshake);
        EXPECT_EQ(ws.error().refusal->status, 404);
        EXPECT_FALSE(ws.error().refusal->headers.empty());
        EXPECT_NE(ws.error().refusal->body.find("Not found"), std::string::npos);
    });
}

TEST(Connect, H16_RefusesHeadersThatCannotBeSent) {
    run([]() -> awaitable<void> {
        const ClientOptions options{.headers = {{"X", "a\r\nY: b"}}};
        const auto ws = co_await connect("ws://127.0.0.1:1/", options);
        EXPECT_EQ(ws.error().code, UsageError::header_invalid);
    });
}

TEST(Connect, CanBeCancelled) {
    SilentServer server;
    run([&]() -> awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        asio::steady_timer timer(co_await asio::this_coro::executor, 20ms);
        const ClientOptions options{.handshake_timeout = std::chrono::hours(1)};
        const auto first =
            co_await (connect(server.url, options) || timer.async_wait(asio::use_awaitable));
        EXPECT_EQ(first.index(), 1U);
    });
}

TEST(Connect, SpeaksOverAUnixSocket) {
    const std::string path = testing::TempDir() + "connect_test." + std::to_string(::getpid());
    EchoServer server({.unix_path = path});
    server.start();
    run([&]() -> awaitable<void> {
        auto ws = co_await connect("ws+unix:" + path + ":/");
        EXPECT_TRUE(ws) << ws.error().to_string();
        (void)co_await ws->send("hello");
        EXPECT_EQ((co_await ws->receive())->text(), "hello");
    });
}

TEST(Connect, RefusesAUnixPathThatIsTooLong) {
    run([]() -> awaitable<void> {
        const auto ws = co_await connect("ws+unix:/" + std::string(200, 'x'));
        EXPECT_EQ(ws.error().phase, Phase::connect);
    });
}

}  // namespace
}  // namespace tautline
