// SPDX-License-Identifier: MIT
#include <tautline/session/peer.hpp>

#include <tautline/session/driver.hpp>

namespace tautline {

std::string_view OpenInfo::parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters) {
        if (key == name) return value;
    }
    return {};
}

std::expected<Sent, UsageError> Peer::send(std::string_view text, SendOptions options) {
    return driver_.send(MessageType::text, as_bytes(text), options);
}

std::expected<Sent, UsageError> Peer::send(Bytes bytes, SendOptions options) {
    return driver_.send(MessageType::binary, bytes, options);
}

std::expected<Sent, UsageError> Peer::send(MessageView message, SendOptions options) {
    return driver_.send(message.type, message.bytes, options);
}

std::expected<Sent, UsageError> Peer::send_part(MessageType type, Bytes bytes, bool last,
                                                SendOptions options) {
    return driver_.send_part(type, bytes, last, options);
}

std::expected<void, UsageError> Peer::ping(Bytes payload) { return driver_.ping(payload); }
std::expected<void, UsageError> Peer::pong(Bytes payload) { return driver_.pong(payload); }

std::expected<void, UsageError> Peer::close(CloseCode code, std::string_view reason) {
    return driver_.close(code, reason);
}

std::size_t Peer::buffered_amount() const { return driver_.buffered_amount(); }
void Peer::set_reading(bool reading) { driver_.set_reading(reading); }
Sender Peer::sender() const { return driver_.sender(); }
const OpenInfo& Peer::info() const { return driver_.info(); }

}  // namespace tautline
