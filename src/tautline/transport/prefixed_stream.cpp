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
    lower_->close();
}

void PrefixedStream::on_turn() {
    if (!reading_) return;
    auto prefix = std::exchange(prefix_, {});
    lower_->set_reading(true);
    handler_->on_bytes(prefix.readable());
}

}  // namespace tautline::transport
