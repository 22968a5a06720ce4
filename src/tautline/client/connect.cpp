// SPDX-License-Identifier: MIT
#include <tautline/client/connect.hpp>

#include <optional>
#include <typeinfo>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <asio/use_awaitable.hpp>

#include <tautline/client/call.hpp>

namespace tautline {

namespace {

using Result = std::expected<WebSocket, Error>;

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

// A coroutine that waits for its WebSocket. Whoever takes the handler out of it ends the wait.
template <typename Handler>
struct Waiting {
    explicit Waiting(Handler waiting) : handler(std::move(waiting)) {}

    void finish(Result result) {
        auto taken = std::move(*handler);
        handler.reset();
        auto executor = asio::get_associated_executor(taken);
        asio::post(executor, [taken = std::move(taken), result = std::move(result)]() mutable {
            std::move(taken)(std::move(result));
        });
    }

    std::optional<Handler> handler;
    std::optional<WebSocket> opened;
};

template <typename Handler>
void begin(std::string url, ClientOptions options, Handler handler) {
    auto* context = context_of(asio::get_associated_executor(handler));
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto waiting = std::make_shared<Waiting<Handler>>(std::move(handler));
    if (context == nullptr) {
        return waiting->finish(std::unexpected(
            usage_error(UsageError::option_invalid,
                        "connect must run on an asio::io_context, not another executor")));
    }
    auto handlers =
        session::coroutine_handlers([waiting](WebSocket ws) { waiting->opened = std::move(ws); });
    auto call = client::Call::start(
        io::Loop::of(*context), std::move(url), std::move(options), std::move(handlers),
        [waiting](client::Call::Result result) {
            if (!result) return waiting->finish(std::unexpected(std::move(result.error())));
            waiting->finish(std::move(*waiting->opened));
        });
    if (!slot.is_connected()) return;
    slot.assign([call](asio::cancellation_type) {
        if (const auto alive = call.lock()) alive->cancel();
    });
}

}  // namespace

// Not a coroutine itself: g++ 12 mishandles temporaries that are passed by value to one.
asio::awaitable<Result> connect(std::string_view url, const ClientOptions& options) {
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(Result)>(
        [url = std::string(url), options](auto handler) mutable {
            begin(std::move(url), std::move(options), std::move(handler));
        },
        asio::use_awaitable);
}

asio::awaitable<Result> connect(std::string_view url) { return connect(url, ClientOptions()); }

}  // namespace tautline
