// SPDX-License-Identifier: MIT
#include <tautline/connect/exchange.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tautline::connect {

namespace {

constexpr int kMaxInterimResponses = 8;
// Kept of a body at most, whatever was asked for: `read_body` wants far less.
constexpr std::size_t kMaxRestBytes = 256 * 1024;

bool is_interim(const http::ResponseHead& head) {
    return head.status >= 100 && head.status < 200 && head.status != 101;
}

}  // namespace

Exchange::Exchange(transport::ByteStream& stream, http::HeadLimits limits)
    : stream_(stream), limits_(limits), reader_(limits) {
    stream_.set_handler(this);
}

asio::awaitable<std::expected<http::ResponseHead, Error>> Exchange::run(
    const std::string& request) {
    request_.append(as_bytes(request));
    return wait_for_head(*this);
}

asio::awaitable<Exchange::Head> Exchange::wait_for_head(Exchange& self) {
    self.on_writable();
    self.stream_.set_reading(true);
    while (!self.result_) {
        const bool notified = co_await self.progress_.wait();
        if (!notified) self.fail(UsageError::cancelled, "cancelled");
    }
    self.stream_.set_reading(false);
    co_return std::move(*self.result_);
}

asio::awaitable<void> Exchange::read_body(std::size_t wanted) {
    return wait_for_body(*this, wanted);
}

asio::awaitable<void> Exchange::wait_for_body(Exchange& self, std::size_t wanted) {
    if (!self.ended_) self.stream_.set_reading(true);
    while (!self.ended_ && self.rest_.size() < wanted) {
        const bool notified = co_await self.progress_.wait();
        if (!notified) break;
    }
    self.stream_.set_reading(false);
}

void Exchange::on_bytes(MutableBytes bytes) {
    read_head(bytes);
    // Later: the coroutine that waits may destroy the stream, which must not happen in its own
    // call.
    progress_.notify_later();
}

void Exchange::read_head(Bytes bytes) {
    while (!result_ && !bytes.empty()) {
        auto progress = reader_.receive(bytes);
        if (!progress) {
            const bool large = progress.error() != http::HeadError::malformed &&
                               progress.error() != http::HeadError::version_unsupported;
            return large ? fail(HandshakeError::response_too_large,
                                "the head of the response is over the limit")
                         : fail(HandshakeError::response_malformed,
                                "the answer is not HTTP/1.1. Is this a WebSocket server?");
        }
        bytes = bytes.subspan(progress->taken);
        if (!progress->head) continue;
        if (!is_interim(*progress->head)) {
            result_ = std::move(*progress->head);
        } else if (++interim_ > kMaxInterimResponses) {
            fail(HandshakeError::response_malformed, "too many interim responses");
        } else {
            reader_ = http::ResponseReader(limits_);
        }
    }
    const std::size_t room = kMaxRestBytes - std::min(kMaxRestBytes, rest_.size());
    if (result_ && result_->has_value()) {
        // Before the session starts nothing may be lost; a body beyond the room is not of interest.
        const bool keep_all = (*result_)->status == 101;
        rest_.append(keep_all ? bytes : bytes.first(std::min(room, bytes.size())));
    }
    if (result_) stream_.set_reading(false);
}

void Exchange::on_writable() {
    while (!request_.empty()) {
        const std::array<Bytes, 1> pieces{std::as_const(request_).readable()};
        const std::size_t taken = stream_.write(pieces);
        request_.consume(taken);
        if (taken < pieces[0].size()) return;
    }
}

void Exchange::on_end(std::error_code error) {
    ended_ = true;
    if (error) {
        fail(error,
             "the connection broke before the response was complete (" + error.message() + ")");
    } else {
        fail(TransportError::closed_early,
             "the server closed the connection before it answered the handshake");
    }
    progress_.notify_later();
}

void Exchange::fail(std::error_code code, std::string message) {
    if (result_) return;
    result_ = std::unexpected(Error{
        .code = code, .phase = Phase::handshake, .endpoint = {}, .message = std::move(message)});
}

}  // namespace tautline::connect
