// SPDX-License-Identifier: MIT
#include <tautline/session/peer.hpp>

#include <tautline/session/driver.hpp>
#include <tautline/session/find_parameter.hpp>

namespace tautline {

std::string_view OpenInfo::parameter(std::string_view name) const {
    return session::find_parameter(parameters, name);
}

PeerData& Peer::held_data() { return driver().extras().data; }

// No driver is const.
session::Driver& Peer::driver() const {
    return static_cast<session::Driver&>(const_cast<Peer&>(*this));
}

std::expected<Sent, UsageError> Peer::send(std::string_view text, SendOptions options) {
    return driver().send(MessageType::text, as_bytes(text), options);
}

std::expected<Sent, UsageError> Peer::send(Bytes bytes, SendOptions options) {
    return driver().send(MessageType::binary, bytes, options);
}

std::expected<Sent, UsageError> Peer::send(MessageView message, SendOptions options) {
    return driver().send(message.type, message.bytes, options);
}

std::expected<Sent, UsageError> Peer::send_part(MessageType type, Bytes bytes, bool last,
                                                SendOptions options) {
    return driver().send_part(type, bytes, last, options);
}

std::expected<void, UsageError> Peer::ping(Bytes payload) { return driver().ping(payload); }
std::expected<void, UsageError> Peer::pong(Bytes payload) { return driver().pong(payload); }

std::expected<void, UsageError> Peer::close(CloseCode code, std::string_view reason) {
    return driver().close(code, reason);
}

std::size_t Peer::buffered_amount() const { return driver().buffered_amount(); }
void Peer::set_reading(bool reading) { driver().set_reading(reading); }
Sender Peer::sender() const { return driver().sender(); }
const OpenInfo& Peer::info() const { return *driver().info(); }

}  // namespace tautline
