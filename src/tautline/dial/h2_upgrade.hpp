// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>

#include <tautline/dial/body_reader.hpp>
#include <tautline/dial/h2_client.hpp>
#include <tautline/dial/operation.hpp>
#include <tautline/dial/upgrade.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/turn_queue.hpp>
#include <tautline/observe/observed_call.hpp>

namespace tautline::dial {

/// The opening handshake of a client over HTTP/2: an extended CONNECT (RFC 8441).
///
/// A refusal is told with the beginning of its body, as `Upgrade` does. No other deadline in here.
/// `attempt` is for the observer; there is none on a connection that was open already.
class H2Upgrade final : public Operation, private io::TurnNode {
public:
    H2Upgrade(io::Loop& loop, std::shared_ptr<H2Client> client, websocket::ClientOffer offer,
              observe::ObservedCall observed, eyeballs::AttemptId attempt = {});
    ~H2Upgrade() override;

    void start(OnUpgraded done, OnRefused refused = {});

private:
    using Response = std::expected<transport::H2Response, std::error_code>;

    void on_turn() override;
    void receive(Response response);
    void read_refusal(transport::H2Response response, const Error& error);
    void finish(std::expected<Upgraded, Error> result);
    [[nodiscard]] Error broken(const std::error_code& code) const;
    void observe(const observe::Event& event);

    io::Loop& loop_;
    std::shared_ptr<H2Client> client_;
    websocket::ClientOffer offer_;
    observe::ObservedCall observed_;
    eyeballs::AttemptId attempt_;
    std::optional<websocket::ClientHandshake> handshake_;
    std::optional<h2::StreamId> asked_;  // set while the answer has not come
    std::optional<UsageError> not_sent_;
    std::unique_ptr<BodyReader> body_;
    OnUpgraded done_;
    OnRefused refused_;
};

}  // namespace tautline::dial
