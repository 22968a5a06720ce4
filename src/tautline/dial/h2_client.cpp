// SPDX-License-Identifier: MIT
#include <tautline/dial/h2_client.hpp>

#include <utility>

#include <tautline/session/registry_service.hpp>

namespace tautline::dial {

H2Client::H2Client(io::Loop& loop, Stream stream, const http::HeadLimits& head_limits)
    : loop_(loop),
      connection_(loop, std::move(stream), h2::Role::client, *this, {.head = head_limits}) {}

void H2Client::watch(OnSettings on_settings, OnEnd on_end) {
    on_settings_ = std::move(on_settings);
    on_end_ = std::move(on_end);
}

void H2Client::live_on() {
    watch(nullptr, nullptr);
    registry_ = &session::client_registry(loop_);
    registry_->add(shared_from_this());
    connection_.set_idle_timeout(Duration::zero());
}

bool H2Client::takes_websockets() const {
    return extended_connect_ && !going_away_ && connection_.can_open();
}

// Its streams are members of their own, and close in order; it ends with the last of them.
void H2Client::go_away() {
    going_away_ = true;
    connection_.go_away();
}

void H2Client::drop() {
    connection_.close();
    on_closed();
}

void H2Client::abandon() {
    abandoned_ = true;
    go_away();
}

void H2Client::on_settings(bool extended_connect) {
    extended_connect_ = extended_connect;
    if (auto told = std::exchange(on_settings_, nullptr)) told(extended_connect);
}

void H2Client::on_end(std::error_code error) {
    going_away_ = true;
    if (auto told = std::exchange(on_end_, nullptr)) told(error);
    if (abandoned_) drop();
}

void H2Client::on_closed() {
    if (auto* registry = std::exchange(registry_, nullptr)) loop_.retire(registry->remove(*this));
}

}  // namespace tautline::dial
