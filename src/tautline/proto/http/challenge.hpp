// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tautline::http {

/// One way to authenticate that a server or a proxy offers: `Basic realm="x"`, `Negotiate YII=`.
struct Challenge {
    std::string scheme;   ///< As received; compare it without regard to case.
    std::string token68;  ///< Excludes parameters.
    std::vector<std::pair<std::string, std::string>> parameters;  ///< Values without quotes.

    [[nodiscard]] bool is(std::string_view wanted_scheme) const;
    /// The value of a parameter; its name compares without regard to case.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

    friend bool operator==(const Challenge&, const Challenge&) = default;
};

/// Reads the value of `WWW-Authenticate` or `Proxy-Authenticate`, all its lines combined.
///
/// Returns the challenges in their order, or std::nullopt when any part is malformed: commas
/// separate both challenges and parameters, so nothing after an error can be trusted. Takes linear
/// time.
/// Spec: RFC 9110 sections 11.2, 11.3 and 11.6.1.
[[nodiscard]] std::optional<std::vector<Challenge>> read_challenges(std::string_view field);

/// The first challenge of that scheme; nullptr when there is none.
[[nodiscard]] const Challenge* find_challenge(const std::vector<Challenge>& challenges,
                                              std::string_view scheme);

}  // namespace tautline::http
