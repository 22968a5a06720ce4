// SPDX-License-Identifier: MIT
#include <tautline/connect/open_stream.hpp>

#include <string>
#include <utility>
#include <vector>

#include <asio/experimental/as_tuple.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/use_awaitable.hpp>

#include <tautline/session/signal.hpp>
#include <tautline/transport/tcp_stream.hpp>
#include <tautline/transport/tls_context.hpp>
#include <tautline/transport/tls_stream.hpp>

namespace tautline::connect {

namespace {

using asio::ip::tcp;
using Stream = std::unique_ptr<transport::ByteStream>;
using Endpoints = std::vector<tcp::endpoint>;

constexpr auto kAwaitTuple = asio::experimental::as_tuple(asio::use_awaitable);

void observe(io::Loop& loop, const StreamOptions& options, const observe::Event& event) {
    if (options.observer) options.observer->observe(event, loop.now());
}

std::string endpoint_text(const http::Uri& uri) {
    if (!uri.unix_path.empty()) return "unix:" + uri.unix_path;
    const std::string host = uri.ipv6_literal ? "[" + uri.host + "]" : uri.host;
    return host + ":" + std::to_string(uri.port);
}

std::string endpoint_text(const tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    const std::string host = endpoint.address().is_v6() ? "[" + address + "]" : address;
    return host + ":" + std::to_string(endpoint.port());
}

Error resolve_error(const http::Uri& uri, const std::error_code& cause) {
    return {.code = TransportError::resolve_failed,
            .phase = Phase::resolve,
            .endpoint = uri.host,
            .message = "cannot find an address for \"" + uri.host + "\" (" + cause.message() +
                       "). Check the name and the name server."};
}

Error connect_error(std::string endpoint, const std::error_code& cause) {
    return {.code = cause,
            .phase = Phase::connect,
            .endpoint = std::move(endpoint),
            .message = "cannot connect (" + cause.message() +
                       "). Is a server listening there, and does a firewall let it through?"};
}

// What the resolver's thread answers to. Shared, as that thread cannot be called back: a wait that
// is given up leaves it to finish on its own.
struct Resolution {
    explicit Resolution(asio::io_context& context) : resolver(context) {}
    tcp::resolver resolver;
    session::Signal done;
    std::error_code error = asio::error::operation_aborted;
    Endpoints endpoints;
};

asio::awaitable<std::expected<Endpoints, Error>> resolve(io::Loop& loop, const http::Uri& uri,
                                                         const StreamOptions& options) {
    observe(loop, options, observe::ResolveStarted{uri.host});
    auto resolution = std::make_shared<Resolution>(loop.context());
    resolution->resolver.async_resolve(
        uri.host, std::to_string(uri.port), tcp::resolver::numeric_service,
        [resolution](std::error_code error, const tcp::resolver::results_type& results) {
            resolution->error = error;
            for (const auto& result : results) resolution->endpoints.push_back(result.endpoint());
            resolution->done.notify();
        });
    (void)co_await resolution->done.wait();
    observe(loop, options,
            observe::ResolveEnded{uri.host, resolution->endpoints.size(), resolution->error});
    if (resolution->error) co_return std::unexpected(resolve_error(uri, resolution->error));
    co_return std::move(resolution->endpoints);
}

template <typename Socket>
asio::awaitable<std::error_code> connect_one(io::Loop& loop, const StreamOptions& options,
                                             Socket& socket,
                                             const typename Socket::endpoint_type& endpoint,
                                             const std::string& name) {
    observe(loop, options, observe::ConnectStarted{name});
    auto [error] = co_await socket.async_connect(endpoint, kAwaitTuple);
    // Asio has a category of its own for them, which equals no std::errc.
    const std::error_code code(error.value(), std::system_category());
    observe(loop, options, observe::ConnectEnded{name, code});
    co_return code;
}

asio::awaitable<std::expected<Stream, Error>> connect_tcp(io::Loop& loop, const http::Uri& uri,
                                                          const StreamOptions& options) {
    auto endpoints = co_await resolve(loop, uri, options);
    if (!endpoints) co_return std::unexpected(std::move(endpoints.error()));
    Error last = resolve_error(uri, asio::error::host_not_found);
    for (const auto& endpoint : *endpoints) {
        tcp::socket socket(loop.context());
        const std::string name = endpoint_text(endpoint);
        const auto error = co_await connect_one(loop, options, socket, endpoint, name);
        if (!error) co_return transport::TcpStream::adopt(loop, socket.release());
        last = connect_error(name, error);
    }
    co_return std::unexpected(std::move(last));
}

asio::awaitable<std::expected<Stream, Error>> connect_unix(io::Loop& loop, const http::Uri& uri,
                                                           const StreamOptions& options) {
    using asio::local::stream_protocol;
    const std::string name = endpoint_text(uri);
    // sockaddr_un holds 107 characters and a NUL; Asio throws for more.
    if (uri.unix_path.size() > 107) {
        co_return std::unexpected(connect_error(name, asio::error::name_too_long));
    }
    stream_protocol::socket socket(loop.context());
    const stream_protocol::endpoint endpoint(uri.unix_path);
    const auto error = co_await connect_one(loop, options, socket, endpoint, name);
    if (error) co_return std::unexpected(connect_error(name, error));
    co_return transport::TcpStream::adopt(loop, socket.release());
}

// The result of the handshake, which comes as a callback.
struct TlsResult {
    session::Signal done;
    std::expected<void, Error> result =
        std::unexpected(Error{.code = UsageError::cancelled, .phase = Phase::tls});
};

asio::awaitable<std::expected<Stream, Error>> speak_tls(io::Loop& loop, Stream lower,
                                                        const http::Uri& uri,
                                                        const StreamOptions& options) {
    auto context = transport::TlsClientContext::make(options.tls);
    if (!context) co_return std::unexpected(std::move(context.error()));
    const std::string name = options.tls.server_name.empty() ? uri.host : options.tls.server_name;
    observe(loop, options, observe::TlsStarted{name});
    auto tls = std::make_shared<TlsResult>();
    Stream stream = transport::TlsStream::client(loop, std::move(lower), *context, name,
                                                 [tls](std::expected<void, Error> result) {
                                                     tls->result = std::move(result);
                                                     tls->done.notify_later();
                                                 });
    (void)co_await tls->done.wait();
    if (!tls->result) {
        auto error = std::move(tls->result.error());
        error.endpoint = endpoint_text(uri);
        observe(loop, options, observe::TlsEnded{nullptr, &error});
        co_return std::unexpected(std::move(error));
    }
    const auto info = stream->info();
    observe(loop, options, observe::TlsEnded{&info, nullptr});
    co_return std::move(stream);
}

}  // namespace

asio::awaitable<std::expected<Stream, Error>> open_stream(io::Loop& loop, const http::Uri& uri,
                                                          const StreamOptions& options) {
    // Written out, as g++ 12 miscompiles a co_await inside a conditional expression.
    std::expected<Stream, Error> stream;
    if (uri.unix_path.empty()) {
        stream = co_await connect_tcp(loop, uri, options);
    } else {
        stream = co_await connect_unix(loop, uri, options);
    }
    if (!stream || !uri.secure) co_return std::move(stream);
    co_return co_await speak_tls(loop, std::move(*stream), uri, options);
}

}  // namespace tautline::connect
