// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tautline {

/// How many connections there may be at a time. Those that are being opened count.
struct AdmissionLimits {
    std::size_t connections = std::numeric_limits<std::size_t>::max();  ///< In all.
    /// To one host as the URL names it, whatever the port: lower case, no brackets.
    std::size_t per_host = std::numeric_limits<std::size_t>::max();
};

/// Bounds the connections of all calls whose `ClientOptions::admission` is a copy of this one.
///
///     options.admission = Admission({.connections = 1000, .per_host = 8});
///
/// A call takes its permit before it asks for any name, another one where a redirect leads to
/// another host, and gives it back when it fails. Its session gives it back right before
/// `on_closed`, so that a call begun there finds it free. Without a permit a call fails with
/// `UsageError::too_many_connections`; a connection that comes back waits and tries again.
///
/// Threads: any; copies share their counts.
class Admission {
public:
    /// The right to one connection, given back by the destructor.
    class Permit;

    /// No limits, and nothing is counted.
    Admission() = default;
    explicit Admission(AdmissionLimits limits);

    /// std::nullopt when there are as many connections as there may be.
    [[nodiscard]] std::optional<Permit> admit(std::string_view host) const;

    /// Permits that are held, over all hosts.
    [[nodiscard]] std::size_t connections() const;
    /// Of those, for this host.
    [[nodiscard]] std::size_t connections_to(std::string_view host) const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

class Admission::Permit {
public:
    Permit(Permit&&) noexcept = default;
    Permit& operator=(Permit&&) = delete;
    ~Permit();

    [[nodiscard]] const std::string& host() const { return host_; }

private:
    friend class Admission;
    Permit(std::shared_ptr<State> state, std::string_view host)
        : state_(std::move(state)), host_(host) {}

    std::shared_ptr<State> state_;  // null: nothing is counted, or it has been moved from
    std::string host_;
};

}  // namespace tautline
