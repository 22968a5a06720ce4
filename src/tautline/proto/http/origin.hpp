// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tautline::http {

/// An origin in the one form that browsers send: scheme and host in lower case, without the port
/// that http and https have by themselves; or "null". Nothing when it is no origin: without a
/// scheme, with a path or a user, or with a '*', which stands for nothing here.
/// Spec: RFC 6454 sections 6 and 7.
[[nodiscard]] std::optional<std::string> normal_origin(std::string_view text);

}  // namespace tautline::http
