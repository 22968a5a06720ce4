// SPDX-License-Identifier: MIT
#include <tautline/server/upgrade.hpp>

#include <tautline/server/upgrade_state.hpp>
#include <tautline/session/find_parameter.hpp>

namespace tautline {

UpgradeRequest::UpgradeRequest(std::shared_ptr<State> state) : state_(std::move(state)) {}

UpgradeRequest& UpgradeRequest::operator=(UpgradeRequest&& other) noexcept {
    std::swap(state_, other.state_);
    std::swap(data_, other.data_);
    return *this;
}

UpgradeRequest::~UpgradeRequest() {
    if (state_) reject(503);
}

const http::RequestHead& UpgradeRequest::request() const { return state_->request; }

const transport::StreamInfo& UpgradeRequest::stream() const { return state_->stream; }

std::string_view UpgradeRequest::parameter(std::string_view name) const {
    return session::find_parameter(state_->parameters, name);
}

void UpgradeRequest::accept(http::FieldList headers) {
    state_->decide(server::Acceptance{std::move(headers), std::move(data_)});
}

void UpgradeRequest::reject(int status, http::FieldList headers, std::string body) {
    // A status below 300 does not refuse: like any answer that may not be sent it becomes a 500.
    const int sent = status >= 300 ? status : 0;
    state_->decide(std::unexpected(websocket::reject(sent, std::move(headers), std::move(body))));
}

}  // namespace tautline
