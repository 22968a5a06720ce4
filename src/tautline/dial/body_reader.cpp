// SPDX-License-Identifier: MIT
#include <tautline/dial/body_reader.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace tautline::dial {

namespace {

constexpr std::size_t kRefusalBodyBytes = 1024;

}  // namespace

BodyReader::BodyReader(io::Loop& loop, Stream stream, std::size_t wanted)
    : loop_(loop), stream_(std::move(stream)), wanted_(wanted) {}

BodyReader::~BodyReader() {
    stream_->close();
    loop_.retire(std::move(stream_));
}

void BodyReader::start(OnBody done) {
    done_ = std::move(done);
    loop_.timers().schedule(*this, loop_.now() + kRefusalBodyTime);
    stream_->set_handler(this);
    stream_->set_reading(wanted_ > 0);
    if (wanted_ == 0) loop_.call_soon(*this);
}

void BodyReader::on_bytes(MutableBytes bytes) {
    body_ += as_text(bytes.first(std::min(bytes.size(), wanted_ - body_.size())));
    if (body_.size() < wanted_) return;
    stream_->set_reading(false);
    loop_.call_soon(*this);
}

void BodyReader::on_end(std::error_code) { loop_.call_soon(*this); }

void BodyReader::finish() {
    if (auto done = std::exchange(done_, nullptr)) done(std::move(body_));
}

std::size_t refusal_bytes_wanted(const http::ResponseHead& response) {
    const auto length = response.fields.find("Content-Length").value_or("");
    std::size_t bytes = 0;
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bytes);
    const bool known = error == std::errc{} && end == length.data() + length.size();
    return known ? std::min(bytes, kRefusalBodyBytes) : kRefusalBodyBytes;
}

Error with_body(Error error, std::string body) {
    auto refusal = std::make_shared<Refusal>(*error.refusal);
    refusal->body = std::move(body);
    refusal->body.resize(std::min(refusal->body.size(), kRefusalBodyBytes));
    error.refusal = std::move(refusal);
    return error;
}

}  // namespace tautline::dial
