// SPDX-License-Identifier: MIT
#include <tautline/client/admission.hpp>

#include <functional>
#include <map>
#include <mutex>

namespace tautline {

struct Admission::State {
    explicit State(AdmissionLimits most) : limits(most) {}

    bool take(std::string_view host) {
        const std::lock_guard lock(mutex);
        const auto found = hosts.find(host);
        const std::size_t there = found == hosts.end() ? 0 : found->second;
        if (connections >= limits.connections || there >= limits.per_host) return false;
        ++connections;
        ++hosts[std::string(host)];
        return true;
    }

    void give_back(const std::string& host) {
        const std::lock_guard lock(mutex);
        --connections;
        const auto found = hosts.find(host);
        if (--found->second == 0) hosts.erase(found);
    }

    const AdmissionLimits limits;
    std::mutex mutex;
    std::size_t connections = 0;
    std::map<std::string, std::size_t, std::less<>> hosts;  // those with connections
};

Admission::Admission(AdmissionLimits limits) : state_(std::make_shared<State>(limits)) {}

std::optional<Admission::Permit> Admission::admit(std::string_view host) const {
    if (state_ && !state_->take(host)) return std::nullopt;
    return Permit(state_, host);
}

std::size_t Admission::connections() const {
    if (!state_) return 0;
    const std::lock_guard lock(state_->mutex);
    return state_->connections;
}

std::size_t Admission::connections_to(std::string_view host) const {
    if (!state_) return 0;
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->hosts.find(host);
    return found == state_->hosts.end() ? 0 : found->second;
}

Admission::Permit::~Permit() {
    if (state_) state_->give_back(host_);
}

}  // namespace tautline
