// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <optional>

#include <tautline/dial/contender.hpp>
#include <tautline/dial/operation.hpp>
#include <tautline/dial/race_setup.hpp>
#include <tautline/dial/upgrade.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/timer_wheel.hpp>

namespace tautline::dial {

/// Opens a WebSocket over the Unix socket that `setup.uri` names. A socket file has one address and
/// no security: there is nothing to race.
///
/// Fails as `race` does.
class UnixDial final : public Operation, private ContenderHandler, private io::TimerNode {
public:
    UnixDial(io::Loop& loop, RaceSetup setup, OnUpgraded done);

private:
    void on_timer(Instant now) override;
    void on_progress(eyeballs::AttemptId) override {}
    void on_settings(eyeballs::AttemptId, const eyeballs::PeerSettings&) override {}
    void on_connected(eyeballs::AttemptId, eyeballs::HttpVersion version) override;
    void on_session(eyeballs::AttemptId, eyeballs::SessionResult result,
                    const Error& error) override;
    void on_refusal(eyeballs::AttemptId, const Error& error) override;
    void on_failure(eyeballs::AttemptId, const Error& error) override;
    void tell(const Error& error);
    void finish(std::expected<Upgraded, Error> result);

    io::Loop& loop_;
    RaceSetup setup_;
    OnUpgraded done_;
    std::optional<Error> refusal_;  // while its body is read
    Contender contender_;
};

}  // namespace tautline::dial
