// SPDX-License-Identifier: MIT
#include <tautline/transport/tls_stream.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/transport/tls_engine.hpp>

namespace tautline::transport {

namespace {

using Progress = TlsEngine::Progress;
using RecordRoom = std::array<std::byte, TlsEngine::kRecordBytes>;

// Cuts pieces into records: a view where a piece fills one, a copy where several small ones do.
class RecordCutter {
public:
    explicit RecordCutter(std::span<const Bytes> pieces) : pieces_(pieces) { skip_empty(); }

    // Empty when nothing is left.
    Bytes next(RecordRoom& room) {
        if (pieces_.empty()) return {};
        if (rest().size() >= room.size() || pieces_.size() == 1) {
            return take(std::min(rest().size(), room.size()));
        }
        std::size_t used = 0;
        while (!pieces_.empty() && used < room.size()) {
            const Bytes part = take(std::min(rest().size(), room.size() - used));
            std::memcpy(room.data() + used, part.data(), part.size());
            used += part.size();
        }
        return Bytes(room).first(used);
    }

private:
    [[nodiscard]] Bytes rest() const { return pieces_.front().subspan(offset_); }

    Bytes take(std::size_t count) {
        const Bytes taken = rest().first(count);
        offset_ += count;
        skip_empty();
        return taken;
    }

    void skip_empty() {
        while (!pieces_.empty() && rest().empty()) {
            pieces_ = pieces_.subspan(1);
            offset_ = 0;
        }
    }

    std::span<const Bytes> pieces_;
    std::size_t offset_ = 0;
};

bool overlap(Bytes one, Bytes other) {
    return one.data() < other.data() + other.size() && other.data() < one.data() + one.size();
}

Error ended_in_handshake(std::error_code error) {
    Error result{.code = error ? error : TransportError::tls_failed,
                 .phase = Phase::tls,
                 .message = "the connection ended in the TLS handshake"};
    if (error) result.message += " (" + error.message() + ")";
    result.message += ". Does the peer speak TLS on this port?";
    return result;
}

}  // namespace

std::unique_ptr<TlsStream> TlsStream::client(io::Loop& loop, std::unique_ptr<ByteStream> lower,
                                             std::shared_ptr<const TlsClientContext> context,
                                             const std::string& host, HandshakeDone done) {
    auto engine = std::make_unique<TlsEngine>(std::move(context), host);
    return std::unique_ptr<TlsStream>(
        new TlsStream(loop, std::move(lower), std::move(engine), std::move(done)));
}

std::unique_ptr<TlsStream> TlsStream::server(io::Loop& loop, std::unique_ptr<ByteStream> lower,
                                             std::shared_ptr<const TlsServerContext> context,
                                             HandshakeDone done) {
    auto engine = std::make_unique<TlsEngine>(std::move(context));
    return std::unique_ptr<TlsStream>(
        new TlsStream(loop, std::move(lower), std::move(engine), std::move(done)));
}

TlsStream::TlsStream(io::Loop& loop, std::unique_ptr<ByteStream> lower,
                     std::unique_ptr<TlsEngine> engine, HandshakeDone done)
    : loop_(loop), lower_(std::move(lower)), engine_(std::move(engine)), done_(std::move(done)) {
    TAUTLINE_ASSERT(done_ != nullptr);
    lower_->set_handler(this);
    // A client sends first; and `done_` may not be called in here.
    loop_.call_soon(*this);
}

TlsStream::~TlsStream() = default;

// ── the handshake ──

void TlsStream::shake_hands() {
    borrow_output();
    const Progress progress = engine_->shake_hands();
    (void)flush();
    switch (progress) {
        case Progress::done: return finish_handshake({});
        case Progress::need_input: return lower_->set_reading(true);
        case Progress::closed: return finish_handshake(std::unexpected(ended_in_handshake({})));
        case Progress::failed: return finish_handshake(std::unexpected(engine_->failure()));
    }
    std::unreachable();
}

void TlsStream::finish_handshake(std::expected<void, Error> result) {
    keep_input();
    state_ = result ? State::open : State::broken;
    ended_ = !result;
    follow();
    // The alert that says why is sent before the end.
    if (!result && engine_->output().empty()) lower_->shut_down();
    // Moves `done_` out: the stream may be closed in the call.
    auto done = std::exchange(done_, nullptr);
    done(std::move(result));
}

// ── from the lower stream ──

void TlsStream::on_bytes(MutableBytes bytes) {
    if (state_ == State::broken) return;
    // A lower stream that broke tells what it has though it is not read.
    if (!input_.empty()) return input_.append(bytes);
    engine_->receive(bytes);
    if (state_ == State::handshaking) {
        shake_hands();
    } else {
        read_plaintext(bytes);
    }
    keep_input();
}

void TlsStream::on_writable() {
    if (!flush() || state_ == State::closed) return;
    if (shut_ || (state_ == State::broken)) lower_->shut_down();
    tell_room();
}

void TlsStream::on_end(std::error_code error) {
    lower_ended_ = true;
    if (state_ == State::handshaking)
        return finish_handshake(std::unexpected(ended_in_handshake(error)));
    if (!error) return follow();
    if (state_ != State::open) return;
    error_ = error;
    break_off();
}

// From now on everything is read, whether the handler reads or not. Between two handlers it waits
// for the next one.
void TlsStream::break_off() {
    if (!handler_) return;
    read_kept();
    fail(error_);
}

// Starts the handshake, reports why the stream broke, or resumes reading.
void TlsStream::on_turn() {
    switch (state_) {
        case State::handshaking: return shake_hands();
        case State::closed: return;
        // Whoever was told the end of the peer waits for nothing but room any more.
        case State::broken: return ended_ ? tell_room() : end(error_);
        case State::open: break;
    }
    if (error_) return break_off();
    read_kept();
    if (state_ == State::open) follow();
}

void TlsStream::read_kept() {
    Buffer kept = std::exchange(input_, {});
    engine_->receive(kept.readable());
    read_plaintext(kept.readable());
    keep_input();
}

void TlsStream::read_plaintext(Bytes ciphertext) {
    if (state_ == State::open) loop_.warm().use(*this);
    borrow_output();
    // TLS within TLS: the lower stream decrypted into the buffer that this one would use.
    MutableBytes room = loop_.plaintext_buffer();
    std::unique_ptr<RecordRoom> own_room;
    if (overlap(ciphertext, room)) {
        own_room = std::make_unique_for_overwrite<RecordRoom>();
        room = *own_room;
    }
    while (state_ == State::open && wanted() && deliver_plaintext(room)) continue;
    if (state_ == State::open) (void)flush();
}

// Returns whether there may be more to read.
bool TlsStream::deliver_plaintext(MutableBytes room) {
    std::size_t count = 0;
    auto progress = Progress::done;
    while (progress == Progress::done && room.size() - count >= TlsEngine::kRecordBytes) {
        const TlsEngine::Read read = engine_->read(room.subspan(count));
        // Asking OpenSSL again, only to hear that it has no more, costs as much as half a record.
        const bool used_up = read.progress == Progress::done && !engine_->has_more();
        progress = used_up ? Progress::need_input : read.progress;
        count += read.count;
    }
    if (count > 0) handler_->on_bytes(room.first(count));
    if (state_ != State::open || progress == Progress::done) return true;
    if (progress == Progress::failed) {
        fail(engine_->failure().code);
    } else if (progress == Progress::closed) {
        peer_ended_ = true;
        if (reading_) end({});
    } else if (reading_ && lower_ended_) {
        // RFC 8446 section 6.1: without a close_notify anybody on the way could have cut the
        // stream.
        fail(error_ ? error_ : TransportError::closed_early);
    }
    return false;
}

void TlsStream::keep_input() {
    const Bytes unused = engine_->unused();
    const bool useless = ended_ || state_ == State::broken || state_ == State::closed;
    if (!useless) input_.append(unused);
    engine_->receive({});
}

// ── from the user ──

void TlsStream::set_handler(ByteStreamHandler* handler) {
    handler_ = handler;
    if (handler_ && error_ && !ended_) loop_.call_soon(*this);
}

void TlsStream::set_reading(bool reading) {
    TAUTLINE_ASSERT(handler_ || !reading);
    reading_ = reading;
    if (state_ == State::open) follow();
}

// Lets the lower stream read when this one reads and has used all bytes at hand.
void TlsStream::follow() {
    const bool wanted = reading_ && !ended_;
    const bool at_hand = !input_.empty() || lower_ended_ || peer_ended_;
    lower_->set_reading(wanted && !at_hand);
    if (wanted && at_hand) loop_.call_soon(*this);
}

std::size_t TlsStream::write(std::span<const Bytes> pieces) {
    TAUTLINE_ASSERT(state_ != State::handshaking);
    const std::size_t total = total_bytes(pieces);
    if (state_ != State::open || shut_) return total;
    loop_.warm().use(*this);
    RecordCutter cutter(pieces);
    RecordRoom room;
    std::size_t taken = 0;
    while (taken < total && (engine_->output().empty() || flush())) {
        borrow_output();
        const Bytes record = cutter.next(room);
        if (!engine_->write(record)) {
            fail(engine_->failure().code);
            return total;
        }
        taken += record.size();
    }
    (void)flush();
    blocked_ = taken < total;
    return taken;
}

void TlsStream::shut_down() {
    if (state_ != State::open || std::exchange(shut_, true)) return;
    borrow_output();
    engine_->close_notify();
    if (flush()) lower_->shut_down();
    blocked_ = !flushed();
}

std::size_t TlsStream::unconfirmed_bytes() const {
    return engine_->output().size() + lower_->unconfirmed_bytes();
}

bool TlsStream::flushed() const {
    return state_ != State::open || (engine_->output().empty() && lower_->flushed());
}

void TlsStream::close() {
    state_ = State::closed;
    if (warm()) loop_.warm().remove(*this);
    input_.release();
    lower_->close();
}

StreamInfo TlsStream::info() const {
    StreamInfo info = lower_->info();
    engine_->describe(info);
    return info;
}

// ── both ──

void TlsStream::borrow_output() {
    if (engine_->output().capacity() == 0) engine_->output() = loop_.take_output();
}

// Whatever used the engine ends with it. Returns whether everything went out. A rest is kept in a
// buffer of its size: the one that was borrowed may be large.
bool TlsStream::flush() {
    if (!warm()) on_idle();
    Buffer& output = engine_->output();
    if (output.capacity() == 0) return true;
    if (!output.empty()) {
        const Bytes waiting = std::as_const(output).readable();
        const std::size_t taken = lower_->write({&waiting, 1});
        sealed_bytes_ += taken;
        output.consume(taken);
    }
    const bool sent = output.empty();
    Buffer rest;
    rest.append(std::as_const(output).readable());
    loop_.give_output(std::exchange(output, std::move(rest)));
    return sent;
}

void TlsStream::on_idle() { engine_->release_buffers(); }

void TlsStream::tell_room() {
    if (shut_ && !flushed()) return;
    if (std::exchange(blocked_, false) && handler_) handler_->on_writable();
}

void TlsStream::fail(std::error_code error) {
    if (state_ != State::open) return;
    state_ = State::broken;
    error_ = error;
    blocked_ = blocked_ && ended_;
    if (flush()) lower_->shut_down();
    loop_.call_soon(*this);
}

// Between two handlers an error is kept for the next one.
void TlsStream::end(std::error_code error) {
    if (!handler_ || std::exchange(ended_, true)) return;
    lower_->set_reading(false);
    handler_->on_end(error);
}

}  // namespace tautline::transport
