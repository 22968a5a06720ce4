// SPDX-License-Identifier: MIT
#include <tautline/server/open_session.hpp>

#include <memory>
#include <utility>

#include <tautline/session/driver.hpp>

namespace tautline::server {

namespace {

std::shared_ptr<const OpenInfo> info_of(AcceptedSession& accepted) {
    auto& [response, agreement] = accepted.call.accepted;
    return std::make_shared<const OpenInfo>(
        OpenInfo{.request = std::move(accepted.request),
                 .response_fields = std::move(response.fields),
                 .parameters = std::move(accepted.call.parameters),
                 .subprotocol = std::move(agreement.subprotocol),
                 .compression = agreement.compression,
                 .stream = std::move(accepted.carrier)});
}

}  // namespace

void open_session(Site& site, AcceptedSession accepted, MutableBytes received) {
    auto profile = site.profiles.find(
        accepted.call.route, accepted.call.accepted.agreement.compression,
        {.loop = &site.loop, .registry = &site.registry, .observer = site.options.observer});
    session::DriverSetup setup{.profile = std::move(profile),
                               .stream = std::move(accepted.stream),
                               .info = info_of(accepted),
                               .slot = std::move(accepted.slot),
                               .data = std::move(accepted.call.data),
                               .call_id = accepted.call_id};
    auto& driver = session::Driver::start(std::move(setup), received);
    if (site.going_away) driver.go_away();
}

}  // namespace tautline::server
