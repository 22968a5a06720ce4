// SPDX-License-Identifier: MIT
#include <tautline/dial/body_reader.hpp>

#include <utility>

#include <tautline/proto/http/redirect.hpp>

namespace tautline::dial {

namespace {

Duration patience_for(const http::ResponseHead& head) {
    const bool leads_elsewhere = http::is_redirect(head.status) && head.fields.has("Location");
    return leads_elsewhere ? Duration(kRedirectBodyTime) : Duration(kRefusalBodyTime);
}

}  // namespace

BodyReader::BodyReader(io::Loop& loop, Stream stream, const http::ResponseHead& head)
    : loop_(loop), stream_(std::move(stream)), body_(head), patience_(patience_for(head)) {}

BodyReader::~BodyReader() {
    stream_->close();
    loop_.retire(std::move(stream_));
}

void BodyReader::start(OnBody done) {
    done_ = std::move(done);
    loop_.timers().schedule(*this, loop_.now() + patience_);
    stream_->set_handler(this);
    if (complete()) return loop_.call_soon(*this);
    stream_->set_reading(true);
}

void BodyReader::on_bytes(MutableBytes bytes) {
    body_.receive(bytes);
    if (!complete()) return;
    stream_->set_reading(false);
    loop_.call_soon(*this);
}

void BodyReader::on_end(std::error_code) { loop_.call_soon(*this); }

bool BodyReader::complete() const {
    return ended_ || body_.kept_full() || body_.state() != http::BodyReader::State::reading;
}

void BodyReader::finish() {
    if (auto done = std::exchange(done_, nullptr)) done(body_.kept());
}

Error with_body(Error error, std::string body) {
    auto refusal = std::make_shared<Refusal>(*error.refusal);
    refusal->body = std::move(body);
    error.refusal = std::move(refusal);
    return error;
}

}  // namespace tautline::dial
