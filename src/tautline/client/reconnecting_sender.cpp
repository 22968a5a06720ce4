// SPDX-License-Identifier: MIT
#include <tautline/client/reconnecting_sender.hpp>

#include <tautline/client/reconnect_mailbox.hpp>

namespace tautline {

std::expected<void, UsageError> ReconnectingSender::send(std::string_view text,
                                                         SendOptions options) const {
    return send(MessageView{MessageType::text, as_bytes(text)}, options);
}

std::expected<void, UsageError> ReconnectingSender::send(Bytes bytes, SendOptions options) const {
    return send(MessageView{MessageType::binary, bytes}, options);
}

std::expected<void, UsageError> ReconnectingSender::send(MessageView message,
                                                         SendOptions options) const {
    if (!mailbox_) return std::unexpected(UsageError::closed);
    return mailbox_->send(message, options);
}

void ReconnectingSender::stop() const {
    if (mailbox_) mailbox_->stop();
}

std::size_t ReconnectingSender::held_bytes() const { return mailbox_ ? mailbox_->held_bytes() : 0; }

}  // namespace tautline
