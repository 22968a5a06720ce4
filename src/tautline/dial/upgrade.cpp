// SPDX-License-Identifier: MIT
#include <tautline/dial/upgrade.hpp>

#include <array>
#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/observe/tell.hpp>
#include <tautline/proto/http/head_writer.hpp>

namespace tautline::dial {

namespace {

std::expected<websocket::ClientHandshake, Error> begin_handshake(
    io::Loop& loop, const websocket::ClientOffer& offer) {
    std::array<std::byte, 16> nonce;
    loop.random().fill(nonce);
    return websocket::ClientHandshake::begin(offer, nonce);
}

}  // namespace

Upgrade::Upgrade(io::Loop& loop, Stream stream, const websocket::ClientOffer& offer,
                 http::HeadLimits limits, observe::ObservedCall observed,
                 eyeballs::AttemptId attempt)
    : loop_(loop),
      stream_(std::move(stream)),
      info_(stream_->info()),
      handshake_(begin_handshake(loop, offer)),
      observed_(std::move(observed)),
      attempt_(attempt),
      exchange_(std::make_unique<Exchange>(loop, *stream_, limits)) {}

Upgrade::~Upgrade() = default;

void Upgrade::start(OnUpgraded done, OnRefused refused) {
    done_ = std::move(done);
    refused_ = std::move(refused);
    // The offer was checked before anything was opened, and so was what it becomes.
    TAUTLINE_ASSERT(handshake_.has_value());
    const auto request = http::write_head(handshake_->request());
    TAUTLINE_ASSERT(request.has_value());
    observe(observe::RequestSent{handshake_->request(), attempt_});
    exchange_->run(*request, [this](auto response) { receive(std::move(response)); });
}

void Upgrade::receive(std::expected<http::ResponseHead, Error> response) {
    if (!response) return finish(std::unexpected(std::move(response.error())));
    observe(observe::ResponseReceived{*response, attempt_});
    auto agreement = handshake_->receive(*response);
    if (!agreement && agreement.error().refusal) {
        return read_refusal(*response, agreement.error());
    }
    if (!agreement) return finish(std::unexpected(std::move(agreement.error())));
    stream_->set_handler(nullptr);
    finish(Upgraded{.stream = std::move(stream_),
                    .info = std::move(info_),
                    .request = handshake_->request(),
                    .response = std::move(*response),
                    .agreement = std::move(*agreement),
                    .rest = std::move(exchange_->rest())});
}

void Upgrade::read_refusal(const http::ResponseHead& response, const Error& error) {
    body_ = std::make_unique<BodyReader>(loop_, std::move(stream_), response);
    body_->receive(std::as_const(exchange_->rest()).readable());
    if (exchange_->ended()) body_->end_stream();
    body_->start([this, error](std::string text) {
        finish(std::unexpected(with_body(error, std::move(text))));
    });
    if (auto refused = std::exchange(refused_, nullptr)) refused(error);
}

void Upgrade::finish(std::expected<Upgraded, Error> result) {
    std::exchange(done_, nullptr)(std::move(result));
}

void Upgrade::observe(const observe::Event& event) { observe::tell(observed_, event, loop_.now()); }

}  // namespace tautline::dial
