// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <memory>
#include <optional>

#include <tautline/base/error.hpp>
#include <tautline/base/time.hpp>
#include <tautline/dial/h2_client.hpp>
#include <tautline/dial/h2_upgrade.hpp>
#include <tautline/dial/upgrade.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/timer_wheel.hpp>

namespace tautline::dial {

/// Told what an open connection says.
class PooledHandler {
public:
    /// Nothing, for as long as that was waited for; an answer may come all the same.
    virtual void on_silence() = 0;
    /// No, whatever the connection is. `on_answered` follows when the body of the refusal is there.
    virtual void on_refused() = 0;
    /// The last call. The upgrade may be destroyed in here.
    virtual void on_answered(std::expected<Upgraded, Error> result) = 0;

protected:
    ~PooledHandler() = default;
};

/// Asks an HTTP/2 connection that is open already for one more WebSocket.
///
/// Perhaps nobody is there any more: a connection that is silent for too long takes no further
/// WebSocket.
/// Lifetime: `handler` outlives it; destroying it takes the request back.
class PooledUpgrade final : private io::TimerNode {
public:
    PooledUpgrade(io::Loop& loop, std::shared_ptr<H2Client> client, PooledHandler& handler);

    void start(websocket::ClientOffer offer, observe::ObservedCall observed, Instant patient_until);
    /// What it was refused with, without the body.
    [[nodiscard]] const std::optional<Error>& refusal() const { return refusal_; }

private:
    void on_timer(Instant now) override;
    void refused(const Error& error);
    void answered(std::expected<Upgraded, Error> result);

    io::Loop& loop_;
    std::shared_ptr<H2Client> client_;
    PooledHandler& handler_;
    std::optional<Error> refusal_;
    std::unique_ptr<H2Upgrade> upgrade_;
};

}  // namespace tautline::dial
