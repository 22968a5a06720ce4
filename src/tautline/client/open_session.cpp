// SPDX-License-Identifier: MIT
#include <tautline/client/open_session.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <asio/experimental/awaitable_operators.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <tautline/connect/exchange.hpp>
#include <tautline/connect/open_stream.hpp>
#include <tautline/observe/event.hpp>
#include <tautline/proto/http/head_writer.hpp>
#include <tautline/proto/http/uri.hpp>
#include <tautline/proto/websocket/client_handshake.hpp>
#include <tautline/session/registry_service.hpp>

namespace tautline::client {

namespace {

using session::Driver;
using Result = std::expected<std::shared_ptr<Driver>, Error>;

constexpr std::size_t kRefusalBodyBytes = 1024;
// A refusal's body is a courtesy: no longer than this is waited for it.
constexpr auto kRefusalBodyTime = std::chrono::seconds(1);

// Everything that one call needs; lives as long as its coroutine.
struct Call {
    io::Loop& loop;
    std::string url;
    ClientOptions options;
    Handlers handlers;
    http::Uri uri;

    void observe(const observe::Event& event) const {
        if (options.observer) options.observer->observe(event, loop.now());
    }
    [[nodiscard]] std::string endpoint() const {
        return uri.unix_path.empty() ? uri.host + ":" + std::to_string(uri.port)
                                     : "unix:" + uri.unix_path;
    }
};

Error usage_error(UsageError code, std::string message) {
    return {.code = code, .phase = Phase::usage, .endpoint = {}, .message = std::move(message)};
}

std::expected<void, Error> check(const Call& call) {
    const auto& options = call.options;
    if (!options.engine->streaming && options.connection.delivery == Delivery::streamed) {
        return std::unexpected(usage_error(UsageError::unsupported,
                                           "the engine \"" + std::string(options.engine->name) +
                                               "\" delivers whole messages only"));
    }
    if (options.handshake_timeout <= Duration::zero()) {
        return std::unexpected(
            usage_error(UsageError::option_invalid, "handshake_timeout must be positive"));
    }
    return {};
}

websocket::ClientOffer offer_for(const Call& call) {
    const auto& options = call.options;
    websocket::ClientOffer offer{.uri = call.uri,
                                 .subprotocols = options.subprotocols,
                                 .compression = std::nullopt,
                                 .extra_fields = options.headers,
                                 .user_agent = options.user_agent};
    if (options.engine->compression) offer.compression = options.connection.compression;
    if (!options.origin.empty()) offer.extra_fields.set("Origin", options.origin);
    if (!options.bearer_token.empty()) {
        offer.extra_fields.set("Authorization", "Bearer " + options.bearer_token);
    }
    return offer;
}

std::expected<websocket::ClientHandshake, Error> begin_handshake(const Call& call) {
    std::array<std::byte, 16> nonce;
    call.loop.random().fill(nonce);
    return websocket::ClientHandshake::begin(offer_for(call), nonce);
}

asio::awaitable<void> read_refusal(connect::Exchange& exchange, Call& call, Error& error) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(call.loop.context(), kRefusalBodyTime);
    co_await (exchange.read_body(kRefusalBodyBytes) || timer.async_wait(asio::use_awaitable));
    auto refusal = std::make_shared<Refusal>(*error.refusal);
    const auto body = std::as_const(exchange.rest()).readable();
    refusal->body = as_text(body.first(std::min(body.size(), kRefusalBodyBytes)));
    error.refusal = std::move(refusal);
}

Result start(Call& call, std::unique_ptr<transport::ByteStream> stream,
             const websocket::ClientHandshake& handshake, const http::ResponseHead& response,
             websocket::Agreement agreement, Buffer rest) {
    auto info = std::make_shared<OpenInfo>(OpenInfo{.request = handshake.request(),
                                                    .response_fields = response.fields,
                                                    .parameters = {},
                                                    .subprotocol = std::move(agreement.subprotocol),
                                                    .compression = agreement.compression,
                                                    .stream = stream->info()});
    session::DriverSetup setup{
        .loop = &call.loop,
        .registry = &session::client_registry(call.loop),
        .stream = std::move(stream),
        .role = Role::client,
        .engine = call.options.engine,
        .options = std::make_shared<ConnectionOptions>(call.options.connection),
        .handlers = std::make_shared<Handlers>(std::move(call.handlers)),
        .info = std::move(info),
        .observer = call.options.observer};
    return Driver::start(std::move(setup), rest.readable());
}

asio::awaitable<Result> upgrade(Call& call, std::unique_ptr<transport::ByteStream> stream,
                                const websocket::ClientHandshake& handshake) {
    auto request = http::write_head(handshake.request());
    if (!request) {
        co_return std::unexpected(usage_error(UsageError::header_invalid,
                                              request.error().part + " cannot be sent as it is"));
    }
    connect::Exchange exchange(*stream, call.options.head_limits);
    call.observe(observe::RequestSent{handshake.request()});
    auto response = co_await exchange.run(*request);
    if (!response) {
        response.error().endpoint = call.endpoint();
        co_return std::unexpected(std::move(response.error()));
    }
    call.observe(observe::ResponseReceived{*response});
    auto agreement = handshake.receive(*response);
    if (!agreement) {
        if (agreement.error().refusal) co_await read_refusal(exchange, call, agreement.error());
        co_return std::unexpected(std::move(agreement.error()));
    }
    co_return start(call, std::move(stream), handshake, *response, std::move(*agreement),
                    std::move(exchange.rest()));
}

asio::awaitable<Result> open(Call& call) {
    auto handshake = begin_handshake(call);
    if (!handshake) co_return std::unexpected(std::move(handshake.error()));
    const connect::StreamOptions options{call.options.tls, call.options.observer};
    auto stream = co_await connect::open_stream(call.loop, call.uri, options);
    if (!stream) co_return std::unexpected(std::move(stream.error()));
    co_return co_await upgrade(call, std::move(*stream), *handshake);
}

asio::awaitable<Result> open_in_time(Call& call) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(call.loop.context(), call.options.handshake_timeout);
    auto first = co_await (open(call) || timer.async_wait(asio::use_awaitable));
    if (first.index() == 0) co_return std::get<0>(std::move(first));
    co_return std::unexpected(
        Error{.code = TransportError::handshake_timeout,
              .phase = Phase::handshake,
              .endpoint = call.endpoint(),
              .message = "no open WebSocket within the handshake timeout. The server may be "
                         "unreachable, overloaded, or not a WebSocket server."});
}

}  // namespace

asio::awaitable<Result> open_session(io::Loop& loop, std::string url, ClientOptions options,
                                     Handlers handlers) {
    co_await asio::this_coro::throw_if_cancelled(false);
    Call call{loop, std::move(url), std::move(options), std::move(handlers), {}};
    Result result;
    if (auto uri = http::parse_uri(call.url); !uri) {
        result = std::unexpected(
            usage_error(UsageError::url_invalid, std::string(http::message_for(uri.error()))));
    } else if (auto checked = check(call); !checked) {
        result = std::unexpected(std::move(checked.error()));
    } else {
        call.uri = std::move(*uri);
        const std::string shown = call.uri.display();
        call.observe(observe::CallStarted{shown});
        result = co_await open_in_time(call);
    }
    if (!result) call.observe(observe::CallFailed{result.error()});
    co_return result;
}

}  // namespace tautline::client
