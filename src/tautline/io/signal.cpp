// SPDX-License-Identifier: MIT
#include <tautline/io/signal.hpp>

#include <utility>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

namespace tautline::io {

// Taking the function out first makes sure that a waiter is resumed once: by a notification or by a
// cancellation, never both.
void Signal::resume(Resume& function, bool notified) {
    if (auto taken = std::exchange(function, nullptr)) taken(notified);
}

template <typename Handler>
void Signal::add(Handler handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto executor = asio::get_associated_executor(handler);
    auto waiter = std::make_shared<Resume>(
        [handler = std::move(handler), executor = std::move(executor)](bool notified) mutable {
            auto complete = [handler = std::move(handler), notified]() mutable {
                std::move(handler)(notified);
            };
            if (notified) return asio::dispatch(executor, std::move(complete));
            asio::post(executor, std::move(complete));
        });
    if (slot.is_connected()) {
        slot.assign([weak = std::weak_ptr<Resume>(waiter)](asio::cancellation_type) {
            if (const auto cancelled = weak.lock()) resume(*cancelled, false);
        });
    }
    std::erase_if(waiters_, [](const Waiter& other) { return !*other; });
    waiters_.push_back(std::move(waiter));
}

asio::awaitable<bool> Signal::wait() {
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(bool)>(
        [this](auto handler) { add(std::move(handler)); }, asio::use_awaitable);
}

// The list is taken first: a waiter that is woken may wait again, or destroy the signal.
void Signal::notify() {
    const auto waiters = std::exchange(waiters_, {});
    for (const auto& waiter : waiters) resume(*waiter, true);
}

void Signal::abandon() { const auto waiters = std::exchange(waiters_, {}); }

}  // namespace tautline::io
