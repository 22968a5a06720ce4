// SPDX-License-Identifier: MIT
#include <tautline/session/web_socket.hpp>

#include <utility>

#include <tautline/session/coroutine_state.hpp>

namespace tautline {

using session::CoroutineState;

WebSocket::WebSocket(std::shared_ptr<CoroutineState> state) : receiver_(std::move(state)) {}

asio::awaitable<std::expected<Message, Closed>> WebSocket::receive() { return receiver_.receive(); }

asio::awaitable<std::expected<Part, Closed>> WebSocket::receive_part() {
    return receiver_.receive_part();
}

asio::awaitable<std::expected<void, Error>> WebSocket::send(std::string_view text,
                                                            SendOptions options) {
    return state().send({MessageType::text, as_bytes(text)}, options);
}

asio::awaitable<std::expected<void, Error>> WebSocket::send(const char* text, SendOptions options) {
    return send(std::string_view(text), options);
}

asio::awaitable<std::expected<void, Error>> WebSocket::send(Bytes bytes, SendOptions options) {
    return state().send({MessageType::binary, bytes}, options);
}

asio::awaitable<std::expected<void, Error>> WebSocket::send(MessageView message,
                                                            SendOptions options) {
    return state().send({message.type, message.bytes}, options);
}

asio::awaitable<std::expected<void, Error>> WebSocket::send_part(MessageType type, Bytes bytes,
                                                                 bool last, SendOptions options) {
    return state().send({.type = type, .bytes = bytes, .first = false, .last = last}, options);
}

asio::awaitable<std::expected<Duration, Error>> WebSocket::ping() {
    return CoroutineState::ping(receiver_.state_);
}

asio::awaitable<Closed> WebSocket::close(CloseCode code, std::string reason) {
    return CoroutineState::close(receiver_.state_, code, std::move(reason));
}

Sender WebSocket::sender() const { return state().sender(); }

std::pair<Sender, Receiver> WebSocket::split() && {
    return {state().sender(), std::move(receiver_)};
}

const OpenInfo& WebSocket::info() const { return *state().info; }
PeerData& WebSocket::held_data() { return state().held_data(); }

std::size_t WebSocket::buffered_amount() const {
    return state().peer ? state().peer->buffered_amount() : 0;
}

asio::any_io_executor WebSocket::executor() const { return state().loop.context().get_executor(); }

Receiver::Receiver(std::shared_ptr<CoroutineState> state) : state_(std::move(state)) {}

Receiver& Receiver::operator=(Receiver&& other) noexcept {
    if (state_ && state_ != other.state_) CoroutineState::let_go(std::move(state_));
    state_ = std::move(other.state_);
    return *this;
}

Receiver::~Receiver() {
    if (state_) CoroutineState::let_go(std::move(state_));
}

asio::awaitable<std::expected<Message, Closed>> Receiver::receive() { return state_->receive(); }

asio::awaitable<std::expected<Part, Closed>> Receiver::receive_part() {
    return state_->receive_part();
}

}  // namespace tautline
