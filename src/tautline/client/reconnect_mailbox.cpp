// SPDX-License-Identifier: MIT
#include <tautline/client/reconnect_mailbox.hpp>

#include <utility>

#include <tautline/base/utf8.hpp>

namespace tautline::client {

ReconnectMailbox::ReconnectMailbox(io::Loop& loop, std::size_t max_bytes,
                                   std::function<void()> wake)
    : loop_(&loop), ledger_(max_bytes), wake_(std::move(wake)) {}

std::expected<void, UsageError> ReconnectMailbox::send(MessageView message, SendOptions options) {
    if (message.is_text() && !is_utf8(message.bytes)) {
        return std::unexpected(UsageError::text_not_utf8);
    }
    const std::lock_guard lock(mutex_);
    if (!loop_ || stopping_) return std::unexpected(UsageError::closed);
    auto added = ledger_.add(message, options);
    if (added) post_wake();
    return added;
}

void ReconnectMailbox::stop() {
    const std::lock_guard lock(mutex_);
    if (!loop_ || std::exchange(stopping_, true)) return;
    post_wake();
}

// Called under the mutex, as the loop may be gone as soon as the reconnector is.
void ReconnectMailbox::post_wake() {
    if (std::exchange(posted_, true)) return;
    loop_->post([weak = weak_from_this()] {
        const auto mailbox = weak.lock();
        if (!mailbox) return;
        std::unique_lock lock(mailbox->mutex_);
        mailbox->posted_ = false;
        const bool over = !mailbox->loop_;
        lock.unlock();
        // Nothing detaches meanwhile: that happens on this thread too.
        if (!over) mailbox->wake_();
    });
}

bool ReconnectMailbox::stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

std::size_t ReconnectMailbox::held_bytes() const {
    const std::lock_guard lock(mutex_);
    return ledger_.held_bytes();
}

void ReconnectMailbox::detach() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
}

}  // namespace tautline::client
