// SPDX-License-Identifier: MIT
#include <tautline/transport/prefixed_stream.hpp>

namespace tautline::transport {

PrefixedStream::PrefixedStream(io::Loop& loop, std::unique_ptr<ByteStream> lower, Buffer prefix)
    : loop_(loop), lower_(std::move(lower)), prefix_(std::move(prefix)) {
    lower_->set_handler(this);
}

// The lower stream waits until the prefix was delivered, or its bytes would come first.
void PrefixedStream::set_reading(bool reading) {
    reading_ = reading;
    if (prefix_.empty()) return lower_->set_reading(reading);
    if (reading) loop_.call_soon(*this);
}

void PrefixedStream::close() {
    reading_ = false;
    end_.reset();
    lower_->close();
}

// A lower stream that broke tells what it has though it is not read.
void PrefixedStream::on_bytes(MutableBytes bytes) {
    if (!prefix_.empty()) return prefix_.append(bytes);
    handler_->on_bytes(bytes);
}

void PrefixedStream::on_end(std::error_code error) {
    if (prefix_.empty()) return handler_->on_end(error);
    end_ = error;
    loop_.call_soon(*this);
}

// The end has a turn of its own: the stream may be retired in the call before it.
void PrefixedStream::on_turn() {
    if (!reading_ && !end_) return;
    if (prefix_.empty()) return handler_->on_end(*std::exchange(end_, std::nullopt));
    auto prefix = std::exchange(prefix_, {});
    if (!end_) lower_->set_reading(true);
    handler_->on_bytes(prefix.readable());
    if (end_) loop_.call_soon(*this);
}

}  // namespace tautline::transport
