// SPDX-License-Identifier: MIT
#include <tautline/dial/exchange.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <tautline/transport/tls_failure.hpp>

namespace tautline::dial {

namespace {

// Kept of a body at most, however much came at once: nobody wants that much of it.
constexpr std::size_t kMaxRestBytes = 256 * 1024;

}  // namespace

Exchange::Exchange(io::Loop& loop, transport::ByteStream& stream, http::HeadLimits limits)
    : loop_(loop), stream_(stream), limits_(limits), reader_(limits) {
    stream_.set_handler(this);
}

void Exchange::run(std::string_view request, OnHead done) {
    on_head_ = std::move(done);
    request_.append(as_bytes(request));
    on_writable();
    stream_.set_reading(true);
}

void Exchange::on_bytes(MutableBytes bytes) {
    Bytes unread = bytes;
    read_heads(unread);
    if (!result_) return;
    keep_rest(unread);
    stream_.set_reading(false);
    loop_.call_soon(*this);
}

// Whoever is called may destroy this.
void Exchange::on_turn() {
    if (auto done = std::exchange(on_head_, nullptr)) done(std::move(*result_));
}

void Exchange::read_heads(Bytes& bytes) {
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
        if (!progress->head->is_interim()) {
            keep_all_ = progress->head->status == 101;
            result_ = std::move(*progress->head);
        } else if (++interim_ > http::kMaxInterimResponses) {
            fail(HandshakeError::response_malformed, "too many interim responses");
        } else {
            reader_ = http::ResponseReader(limits_);
        }
    }
}

// Of a body only what fits is of interest.
void Exchange::keep_rest(Bytes bytes) {
    const std::size_t room = kMaxRestBytes - std::min(kMaxRestBytes, rest_.size());
    rest_.append(keep_all_ ? bytes : bytes.first(std::min(room, bytes.size())));
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
    if (const auto refusal = transport::late_refusal(error)) {
        if (!result_) result_ = std::unexpected(*refusal);
    } else if (error) {
        fail(error,
             "the connection broke before the response was complete (" + error.message() + ")");
    } else {
        fail(TransportError::closed_early,
             "the server closed the connection before it answered the handshake");
    }
    loop_.call_soon(*this);
}

void Exchange::fail(std::error_code code, std::string message) {
    if (result_) return;
    result_ = std::unexpected(
        Error{.code = code, .phase = Phase::handshake, .message = std::move(message)});
}

}  // namespace tautline::dial
