// SPDX-License-Identifier: MIT
#include <tautline/dial/contender.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include <tautline/dial/h2_upgrade.hpp>
#include <tautline/dial/race_failure.hpp>
#include <tautline/observe/tell.hpp>
#include <tautline/transport/tls_failure.hpp>

namespace tautline::dial {

namespace {

using eyeballs::HttpVersion;
using eyeballs::SessionResult;

// RFC 8441 section 3: 501 where `:protocol` is not known. Below some servers HTTP/2 announces
// extended CONNECT while what answers for WebSockets knows GET with Upgrade alone; what they say
// may be meant for the request as well.
SessionResult result_over_http2(int status) {
    if (status == 501) return SessionResult::not_supported;
    const bool unclear = status == 400 || status == 405 || status == 426;
    return unclear ? SessionResult::unclear : SessionResult::rejected;
}

std::string ended_with(const std::error_code& error) {
    const std::string ended = "the HTTP/2 connection ended";
    const bool says_why = error.category() == h2::error_category();
    return says_why ? ended + " (" + error.message() + ")" : ended;
}

// "192.0.2.1" of "192.0.2.1:443", when the port of `endpoint` is the same.
std::string without_port_of(const std::string& endpoint, const std::string& address) {
    const auto colon = std::min(address.rfind(':'), address.size());
    return endpoint.ends_with(address.substr(colon)) ? address.substr(0, colon) : address;
}

}  // namespace

SessionResult result_for(const Error& error, HttpVersion version) {
    // RFC 9113 section 7: the server wants HTTP/1.1 for this request.
    if (error.code == make_error_code(h2::ErrorCode::http_1_1_required))
        return SessionResult::not_supported;
    // RFC 9113 section 8.7: nothing was done. What cannot be sent is not seen at all.
    if (error.code == make_error_code(h2::ErrorCode::refused_stream) ||
        error.code == make_error_code(UsageError::closed))
        return SessionResult::not_processed;
    if (error.code != HandshakeError::rejected) return SessionResult::failed;
    const bool over_http2 = version == HttpVersion::http2 && error.refusal;
    return over_http2 ? result_over_http2(error.refusal->status) : SessionResult::rejected;
}

Contender::Contender(io::Loop& loop, eyeballs::AttemptId id, AttemptSetup setup,
                     http::HeadLimits limits, ContenderHandler& handler)
    : loop_(loop), id_(id), limits_(limits), handler_(handler), observed_(setup.observed) {
    attempt_ = std::make_unique<Attempt>(
        loop, std::move(setup), [this](auto stream) { connected(std::move(stream)); },
        [this] { handler_.on_progress(id_); });
}

// A connection must not be destroyed in its own callback, which may be where we are.
Contender::~Contender() {
    upgrade_.reset();
    if (!h2_) return;
    h2_->connection().close();
    loop_.retire(std::move(h2_));
}

void Contender::connected(std::expected<Stream, Error> stream) {
    if (!stream) return handler_.on_failure(id_, placed(stream.error()));
    if ((*stream)->info().alpn == "h2") return speak_h2(std::move(*stream));
    stream_ = std::move(*stream);
    handler_.on_connected(id_, HttpVersion::http1);
}

void Contender::speak_h2(Stream stream) {
    h2_ = std::make_shared<H2Client>(loop_, std::move(stream), limits_);
    h2_->watch(
        [this](bool extended_connect) {
            settings_ = true;
            observe::tell(observed_, observe::SettingsReceived{extended_connect, id_}, loop_.now());
            handler_.on_settings(id_, {.extended_connect = extended_connect,
                                       .takes_streams = h2_->connection().peer_takes_streams()});
        },
        [this](std::error_code error) { end_h2(error); });
    handler_.on_connected(id_, HttpVersion::http2);
}

// A server may go away behind its refusal: what it said stands, and the stream tells its own end.
void Contender::end_h2(std::error_code error) {
    if (refused_) return;
    if (const auto refusal = transport::late_refusal(error)) {
        return handler_.on_failure(id_, placed(*refusal));
    }
    const Error ended{.code = error ? error : make_error_code(TransportError::closed_early),
                      .phase = Phase::handshake,
                      .endpoint = attempt_->name(),
                      .message = ended_with(error)};
    if (!upgrade_) return handler_.on_failure(id_, ended);
    // A request that was sent has failed before: this one came too late for the connection.
    const auto how = judge(ended);
    const bool tells = how == SessionResult::not_supported;
    handler_.on_session(id_, tells ? how : SessionResult::not_processed, ended);
}

void Contender::establish(const websocket::ClientOffer& offer) {
    auto done = [this](auto result) { established(std::move(result)); };
    auto refused = [this](const Error& error) { this->refused(error); };
    if (h2_) {
        auto upgrade = std::make_unique<H2Upgrade>(loop_, h2_, offer, observed_, id_);
        upgrade->start(std::move(done), std::move(refused));
        upgrade_ = std::move(upgrade);
    } else {
        auto upgrade =
            std::make_unique<Upgrade>(loop_, std::move(stream_), offer, limits_, observed_, id_);
        upgrade->start(std::move(done), std::move(refused));
        upgrade_ = std::move(upgrade);
    }
}

void Contender::refused(const Error& error) {
    refused_ = true;
    handler_.on_session(id_, judge(error), placed(error));
}

void Contender::established(std::expected<Upgraded, Error> result) {
    if (!result) {
        Error error = placed(std::move(result.error()));
        if (refused_) return handler_.on_refusal(id_, error);
        const auto how = explain(error);
        return handler_.on_session(id_, how, error);
    }
    won_ = std::move(*result);
    handler_.on_session(id_, SessionResult::established, {});
}

SessionResult Contender::judge(const Error& error) const {
    return result_for(error, h2_ ? HttpVersion::http2 : HttpVersion::http1);
}

// What the server holds against a request that it did not process is in its GOAWAY.
SessionResult Contender::explain(Error& error) const {
    const auto how = judge(error);
    const auto why = h2_ ? h2_->connection().go_away_error() : std::error_code();
    if (how != SessionResult::not_processed || !why) return how;
    error.code = why;
    error.message = ended_with(why);
    const auto instead = judge(error);
    return instead == SessionResult::not_supported ? instead : how;
}

// The handshake knows the host of the URL, and only we know which of its addresses it was.
Error Contender::placed(Error error) const {
    const auto& address = attempt_->name();
    if (error.endpoint.empty()) {
        error.endpoint = address;
    } else if (error.phase == Phase::handshake && error.endpoint != address) {
        error.endpoint += " (" + without_port_of(error.endpoint, address) + ")";
    }
    return error;
}

Error Contender::no_answer() const {
    const bool connected = stream_ || h2_ || upgrade_;
    if (!connected) return attempt_->no_answer();
    if (h2_ && !settings_) return settings_timeout(attempt_->name());
    auto error = timeout_error(Phase::handshake, attempt_->name());
    if (!upgrade_) error.message = "it waited for another attempt at its address";
    return error;
}

}  // namespace tautline::dial
