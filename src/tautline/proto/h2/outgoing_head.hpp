// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/proto/h2/event.hpp>

namespace tautline::h2 {

/// Header fields as they are sent: pseudo-header fields first, names in lower case.
using OutgoingHead = std::vector<std::pair<std::string, std::string>>;

/// More than servers take; names and values, with 32 bytes for each field.
inline constexpr std::size_t kMaxOutgoingHeadBytes = std::size_t{1024} * 1024;

/// Fails with `header_invalid` when a name or a value may not be sent, or all are too long.
/// Spec: RFC 9113 sections 8.2 and 8.3, RFC 8441 section 4.
[[nodiscard]] std::expected<OutgoingHead, UsageError> outgoing_request(const Request& request);
[[nodiscard]] std::expected<OutgoingHead, UsageError> outgoing_response(
    const http::ResponseHead& head);

}  // namespace tautline::h2
