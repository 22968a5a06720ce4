// SPDX-License-Identifier: MIT
#include <tautline/client/connect.hpp>

#include <optional>
#include <typeinfo>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <asio/strand.hpp>
#include <asio/this_coro.hpp>

#include <tautline/client/open_session.hpp>

namespace tautline {

namespace {

asio::io_context* context_of(const asio::any_io_executor& executor) {
    using Plain = asio::io_context::executor_type;
    using Strand = asio::strand<Plain>;
    // target() of Asio 1.22 does not look at the type itself.
    if (executor.target_type() == typeid(Plain)) return &executor.target<Plain>()->context();
    if (executor.target_type() == typeid(Strand)) {
        return &executor.target<Strand>()->get_inner_executor().context();
    }
    return nullptr;
}

Error usage_error(UsageError code, std::string message) {
    return {.code = code, .phase = Phase::usage, .endpoint = {}, .message = std::move(message)};
}

asio::awaitable<std::expected<WebSocket, Error>> open_web_socket(std::string url,
                                                                 ClientOptions options) {
    asio::io_context* context = context_of(co_await asio::this_coro::executor);
    if (context == nullptr) {
        co_return std::unexpected(
            usage_error(UsageError::option_invalid,
                        "connect must run on an asio::io_context, not another executor"));
    }
    if (options.connection.delivery == Delivery::streamed) {
        co_return std::unexpected(
            usage_error(UsageError::option_invalid,
                        "coroutines take whole messages; streamed delivery is for callbacks"));
    }
    std::optional<WebSocket> opened;
    auto handlers =
        session::coroutine_handlers([&opened](WebSocket ws) { opened = std::move(ws); });
    auto driver = co_await client::open_session(io::Loop::of(*context), std::move(url),
                                                std::move(options), std::move(handlers));
    if (!driver) co_return std::unexpected(std::move(driver.error()));
    co_return std::move(*opened);
}

}  // namespace

// Not coroutines themselves: g++ 12 mishandles temporaries that are passed by value to one.
asio::awaitable<std::expected<WebSocket, Error>> connect(std::string_view url,
                                                         const ClientOptions& options) {
    return open_web_socket(std::string(url), options);
}

asio::awaitable<std::expected<WebSocket, Error>> connect(std::string_view url) {
    return connect(url, ClientOptions());
}

}  // namespace tautline
