// SPDX-License-Identifier: MIT
#include <tautline/dial/pooled_upgrade.hpp>

#include <utility>

#include <tautline/dial/contender.hpp>

namespace tautline::dial {

PooledUpgrade::PooledUpgrade(io::Loop& loop, std::shared_ptr<H2Client> client,
                             PooledHandler& handler)
    : loop_(loop), client_(std::move(client)), handler_(handler) {}

void PooledUpgrade::start(websocket::ClientOffer offer, observe::ObservedCall observed,
                          Instant patient_until) {
    loop_.timers().schedule(*this, patient_until);
    upgrade_ = std::make_unique<H2Upgrade>(loop_, client_, std::move(offer), std::move(observed));
    upgrade_->start([this](auto result) { answered(std::move(result)); },
                    [this](const Error& error) { refused(error); });
}

void PooledUpgrade::on_timer(Instant) {
    client_->abandon();
    handler_.on_silence();
}

// A connection that cannot carry it says nothing of the others.
void PooledUpgrade::refused(const Error& error) {
    loop_.timers().cancel(*this);
    refusal_ = error;
    const auto how = result_for(error, eyeballs::HttpVersion::http2);
    if (how == eyeballs::SessionResult::rejected) handler_.on_refused();
}

void PooledUpgrade::answered(std::expected<Upgraded, Error> result) {
    loop_.timers().cancel(*this);
    handler_.on_answered(std::move(result));
}

}  // namespace tautline::dial
