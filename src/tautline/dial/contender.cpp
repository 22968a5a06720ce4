// SPDX-License-Identifier: MIT
#include <tautline/dial/contender.hpp>

#include <utility>

namespace tautline::dial {

namespace {

using eyeballs::HttpVersion;
using eyeballs::SessionResult;

HttpVersion version_of(const transport::ByteStream& stream) {
    return stream.info().alpn == "h2" ? HttpVersion::http2 : HttpVersion::http1;
}

SessionResult result_for(const Error& error) {
    return error.code == HandshakeError::rejected ? SessionResult::rejected : SessionResult::failed;
}

}  // namespace

Contender::Contender(io::Loop& loop, eyeballs::AttemptId id, AttemptSetup setup,
                     ContenderHandler& handler)
    : loop_(loop), id_(id), handler_(handler), observer_(setup.observer) {
    attempt_ = std::make_unique<Attempt>(loop, std::move(setup),
                                         [this](auto stream) { connected(std::move(stream)); });
}

void Contender::connected(std::expected<Stream, Error> stream) {
    if (!stream) return handler_.on_failure(id_, stream.error());
    stream_ = std::move(*stream);
    handler_.on_connected(id_, version_of(*stream_));
}

void Contender::establish(const websocket::ClientOffer& offer, http::HeadLimits limits) {
    upgrade_ = std::make_unique<Upgrade>(loop_, std::move(stream_), offer, limits, observer_);
    upgrade_->start([this](auto result) { established(std::move(result)); });
}

void Contender::established(std::expected<Upgraded, Error> result) {
    if (!result) return handler_.on_session(id_, result_for(result.error()), result.error());
    won_ = std::move(*result);
    handler_.on_session(id_, SessionResult::established, {});
}

}  // namespace tautline::dial
