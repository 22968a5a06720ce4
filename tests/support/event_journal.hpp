// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tautline/observe/event.hpp>

namespace tautline::test {

/// Writes down every event with the id of its call, in words: "Opened", "RequestReceived /chat",
/// "ResponseSent 101", "MessageReceived 5", "ConnectionRefused 192.0.2.1:5 address_limit".
/// Threads: any.
class EventJournal final : public observe::Observer {
public:
    void observe(const observe::Event& event, observe::Stamp stamp) override {
        std::string line(kNames.at(event.index()));
        std::visit([&line](const auto& told) { line += detail(told); }, event);
        const std::lock_guard lock(mutex_);
        lines_.emplace_back(stamp.call, std::move(line));
    }

    /// The calls, in the order in which they were first heard of.
    [[nodiscard]] std::vector<observe::CallId> calls() const {
        const std::lock_guard lock(mutex_);
        std::vector<observe::CallId> calls;
        for (const auto& [call, line] : lines_) {
            if (std::ranges::find(calls, call) == calls.end()) calls.push_back(call);
        }
        return calls;
    }
    /// What was told of this one.
    [[nodiscard]] std::vector<std::string> of(observe::CallId wanted) const {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> told;
        for (const auto& [call, line] : lines_) {
            if (call == wanted) told.push_back(line);
        }
        return told;
    }

private:
    // In the order of `observe::Event`.
    static constexpr std::array<std::string_view, 27> kNames = {
        "CallStarted",      "QueryAnswered",    "RaceStep",         "ConnectStarted",
        "ProxyStarted",     "ProxyEnded",       "ConnectEnded",     "TlsStarted",
        "TlsEnded",         "SettingsReceived", "AttemptFailed",    "RequestSent",
        "ResponseReceived", "RequestReceived",  "ResponseSent",     "CallFailed",
        "Opened",           "MessageSent",      "MessageReceived",  "PingSent",
        "PingReceived",     "PongSent",         "PongReceived",     "ClosingStarted",
        "SessionClosed",    "HandlerThrew",     "ConnectionRefused"};
    static_assert(kNames.size() == std::variant_size_v<observe::Event>);

    static std::string detail(const observe::RequestReceived& event) {
        return " " + event.request.target;
    }
    static std::string detail(const observe::TlsEnded& event) {
        return event.error == nullptr ? "" : " " + event.error->to_string();
    }
    static std::string detail(const observe::ConnectionRefused& event) {
        static constexpr std::array<std::string_view, 4> kReasons = {
            "not_admitted", "address_limit", "connection_limit", "out_of_descriptors"};
        const auto reason = kReasons.at(static_cast<std::size_t>(event.reason));
        return " " + std::string(event.peer_address) + " " + std::string(reason);
    }
    static std::string detail(const observe::HandlerThrew& event) {
        try {
            std::rethrow_exception(event.exception);
        } catch (const std::exception& error) {
            return std::string(" ") + error.what();
        }
    }
    static std::string detail(const auto& event) {
        if constexpr (requires { event.response.status; }) {
            return " " + std::to_string(event.response.status);
        } else if constexpr (requires { event.type; }) {
            return " " + std::to_string(event.bytes);
        } else {
            return {};
        }
    }

    mutable std::mutex mutex_;
    std::vector<std::pair<observe::CallId, std::string>> lines_;
};

}  // namespace tautline::test
