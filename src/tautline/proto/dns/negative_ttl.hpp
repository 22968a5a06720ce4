// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include <tautline/base/bytes.hpp>

namespace tautline::dns {

/// For how many seconds an answer without records is valid: what the SOA beside it says.
/// std::nullopt: there is none, or the message cannot be read up to it.
/// Limits: looks at the first 64 records.
/// Spec: RFC 2308 sections 3 and 5.
[[nodiscard]] std::optional<std::uint32_t> read_negative_ttl(Bytes message);

}  // namespace tautline::dns
