// SPDX-License-Identifier: MIT
#include <tautline/session/web_socket.hpp>

#include <utility>

#include <tautline/session/coroutine_state.hpp>

namespace tautline {

using session::CoroutineState;

WebSocket::WebSocket(std::shared_ptr<CoroutineState> state) : state_(std::move(state)) {}

asio::awaitable<std::expected<Message, Closed>> WebSocket::receive() {
    return CoroutineState::receive(state_);
}

asio::awaitable<std::expected<void, Error>> WebSocket::send(std::string_view text) {
    return state_->send({MessageType::text, as_bytes(text)});
}

asio::awaitable<std::expected<void, Error>> WebSocket::send(const char* text) {
    return send(std::string_view(text));
}

asio::awaitable<std::expected<void, Error>> WebSocket::send(Bytes bytes) {
    return state_->send({MessageType::binary, bytes});
}

asio::awaitable<std::expected<void, Error>> WebSocket::send(MessageView message) {
    return state_->send(message);
}

asio::awaitable<std::expected<Duration, Error>> WebSocket::ping() {
    return CoroutineState::ping(state_);
}

asio::awaitable<Closed> WebSocket::close(CloseCode code, std::string reason) {
    return CoroutineState::close(state_, code, std::move(reason));
}

Sender WebSocket::sender() const { return state_->sender(); }

std::pair<Sender, Receiver> WebSocket::split() && {
    return {state_->sender(), Receiver(std::move(state_))};
}

const OpenInfo& WebSocket::info() const { return *state_->info; }

std::size_t WebSocket::buffered_amount() const {
    return state_->peer ? state_->peer->buffered_amount() : 0;
}

asio::any_io_executor WebSocket::executor() const { return state_->loop.context().get_executor(); }

Receiver::Receiver(std::shared_ptr<CoroutineState> state) : state_(std::move(state)) {}

Receiver& Receiver::operator=(Receiver&& other) noexcept {
    if (state_ && state_ != other.state_) state_->stop_receiving();
    state_ = std::move(other.state_);
    return *this;
}

Receiver::~Receiver() {
    if (state_) state_->stop_receiving();
}

asio::awaitable<std::expected<Message, Closed>> Receiver::receive() {
    return CoroutineState::receive(state_);
}

}  // namespace tautline
