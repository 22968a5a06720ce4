// SPDX-License-Identifier: MIT
#include <tautline/dial/unix_dial.hpp>

#include <utility>

#include <tautline/dial/race_failure.hpp>
#include <tautline/observe/tell.hpp>

namespace tautline::dial {

UnixDial::UnixDial(io::Loop& loop, RaceSetup setup, OnUpgraded done)
    : loop_(loop),
      setup_(std::move(setup)),
      done_(std::move(done)),
      contender_(loop, eyeballs::AttemptId{},
                 {.target = UnixPath{setup_.uri.unix_path},
                  .tls = nullptr,
                  .server_name = {},
                  .observed = setup_.observed},
                 setup_.head_limits, *this) {
    loop.timers().schedule(*this, setup_.give_up_at);
}

void UnixDial::on_timer(Instant) {
    if (refusal_) return finish(std::unexpected(*refusal_));
    Error error = contender_.no_answer();
    if (error.phase == Phase::connect) error.message = "its backlog is full: nobody accepts there.";
    finish(std::unexpected(deadline_error(std::move(error))));
}

void UnixDial::on_connected(eyeballs::AttemptId, eyeballs::HttpVersion) {
    contender_.establish(setup_.offer);
}

void UnixDial::on_session(eyeballs::AttemptId, eyeballs::SessionResult result, const Error& error) {
    if (error.code) tell(error);
    if (contender_.refused()) {
        refusal_ = error;
        return;
    }
    if (result != eyeballs::SessionResult::established) return finish(std::unexpected(error));
    finish(contender_.take());
}

void UnixDial::on_refusal(eyeballs::AttemptId, const Error& error) {
    finish(std::unexpected(error));
}

void UnixDial::on_failure(eyeballs::AttemptId, const Error& error) {
    tell(error);
    finish(std::unexpected(error));
}

void UnixDial::tell(const Error& error) {
    observe::tell(setup_.observed, observe::AttemptFailed{error}, loop_.now());
}

void UnixDial::finish(std::expected<Upgraded, Error> result) {
    loop_.timers().cancel(*this);
    if (auto done = std::exchange(done_, nullptr)) done(std::move(result));
}

}  // namespace tautline::dial
