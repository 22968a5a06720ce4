// SPDX-License-Identifier: MIT
#include <tautline/session/sender.hpp>

#include <utility>

#include <tautline/session/mailbox.hpp>
#include <tautline/session/peer.hpp>

namespace tautline {

std::expected<Sent, UsageError> Sender::send(std::string_view text, SendOptions options) const {
    return send(MessageView{MessageType::text, as_bytes(text)}, options);
}

std::expected<Sent, UsageError> Sender::send(Bytes bytes, SendOptions options) const {
    return send(MessageView{MessageType::binary, bytes}, options);
}

std::expected<Sent, UsageError> Sender::send(MessageView message, SendOptions options) const {
    if (!mailbox_) return std::unexpected(UsageError::closed);
    return mailbox_->send(message.type, message.bytes, options);
}

std::expected<void, UsageError> Sender::close(CloseCode code, std::string_view reason) const {
    if (!mailbox_) return std::unexpected(UsageError::closed);
    return mailbox_->close(code, reason);
}

std::expected<void, UsageError> Sender::post(std::move_only_function<void(Peer&)> task) const {
    if (!mailbox_) return std::unexpected(UsageError::closed);
    return mailbox_->post(std::move(task));
}

std::size_t Sender::buffered_amount() const { return mailbox_ ? mailbox_->buffered_amount() : 0; }

bool Sender::open() const { return mailbox_ && mailbox_->open(); }

}  // namespace tautline
