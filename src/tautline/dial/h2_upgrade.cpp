// SPDX-License-Identifier: MIT
#include <tautline/dial/h2_upgrade.hpp>

#include <string>
#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/observe/tell.hpp>

namespace tautline::dial {

namespace {

h2::Request request_for(const websocket::ClientHandshake& handshake,
                        const websocket::ClientOffer& offer) {
    const auto& head = handshake.request();
    return {.head = head,
            .protocol = "websocket",
            .scheme = offer.uri.secure ? "https" : "http",
            .authority = std::string(head.fields.find("Host").value_or(""))};
}

}  // namespace

H2Upgrade::H2Upgrade(io::Loop& loop, std::shared_ptr<H2Client> client, websocket::ClientOffer offer,
                     observe::ObservedCall observed, eyeballs::AttemptId attempt)
    : loop_(loop),
      client_(std::move(client)),
      offer_(std::move(offer)),
      observed_(std::move(observed)),
      attempt_(attempt) {}

H2Upgrade::~H2Upgrade() {
    if (asked_) client_->connection().cancel(*asked_);
    loop_.retire(std::move(client_));
}

void H2Upgrade::start(OnUpgraded done, OnRefused refused) {
    done_ = std::move(done);
    refused_ = std::move(refused);
    auto handshake =
        websocket::ClientHandshake::begin(offer_, {}, websocket::HandshakeForm::extended_connect);
    TAUTLINE_ASSERT(handshake.has_value());  // The offer was checked before anything was opened.
    handshake_ = std::move(*handshake);
    observe(observe::RequestSent{handshake_->request(), attempt_});
    const auto sent =
        client_->connection().open(request_for(*handshake_, offer_),
                                   [this](Response response) { receive(std::move(response)); });
    if (sent) {
        asked_ = *sent;
        return;
    }
    not_sent_ = sent.error();
    loop_.call_soon(*this);
}

void H2Upgrade::on_turn() {
    Error error = broken(*not_sent_);
    // The fields were checked one by one before.
    if (not_sent_ == UsageError::header_invalid) {
        error.phase = Phase::usage;
        error.message = "the headers of the request are more than HTTP/2 sends: " +
                        std::to_string(h2::kMaxOutgoingHeadBytes) + " bytes";
    }
    finish(std::unexpected(std::move(error)));
}

void H2Upgrade::receive(Response response) {
    asked_.reset();
    if (!response) return finish(std::unexpected(broken(response.error())));
    observe(observe::ResponseReceived{response->head, attempt_});
    auto agreement = handshake_->receive(response->head);
    if (!agreement && agreement.error().refusal) {
        return read_refusal(std::move(*response), agreement.error());
    }
    if (!agreement) return finish(std::unexpected(std::move(agreement.error())));
    auto info = response->stream->info();
    finish(Upgraded{.stream = std::move(response->stream),
                    .info = std::move(info),
                    .request = handshake_->request(),
                    .response = std::move(response->head),
                    .agreement = std::move(*agreement),
                    .rest = {}});
}

void H2Upgrade::read_refusal(transport::H2Response response, const Error& error) {
    // No WebSocket follows: with our half ended, the stream is over behind the answer, not reset.
    response.stream->shut_down();
    // Its body ends with the stream (RFC 9113 section 8.1), which a length could outrun: then the
    // end would be on its way still, and the stream be reset.
    response.head.fields.remove("Content-Length");
    body_ = std::make_unique<BodyReader>(loop_, std::move(response.stream), response.head);
    body_->start([this, error](std::string text) {
        finish(std::unexpected(with_body(error, std::move(text))));
    });
    if (auto refused = std::exchange(refused_, nullptr)) refused(error);
}

void H2Upgrade::finish(std::expected<Upgraded, Error> result) {
    std::exchange(done_, nullptr)(std::move(result));
}

Error H2Upgrade::broken(const std::error_code& code) const {
    const bool interim = code == HandshakeError::response_malformed;
    return {.code = code,
            .phase = Phase::handshake,
            .endpoint = offer_.uri.endpoint(),
            .message = interim ? "too many interim responses"
                               : "the HTTP/2 stream for the WebSocket did not open (" +
                                     code.message() + ")"};
}

void H2Upgrade::observe(const observe::Event& event) {
    observe::tell(observed_, event, loop_.now());
}

}  // namespace tautline::dial
