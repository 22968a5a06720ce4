// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <tautline/base/bytes.hpp>

namespace tautline::dns {

/// A domain name as it came, and how many bytes it takes where it stands.
struct WireName {
    std::string text;  ///< Lower case, without a final dot; empty is the root.
    std::size_t size = 0;
};

/// Whether the compression of RFC 1035 section 4.1.4 may be used.
enum class Compression : bool { refused, allowed };

/// Reads the name at `offset` of a message.
///
/// Labels of letters, digits, '-' and '_' only: other bytes would have to be escaped, and are in no
/// name of a host. Pointers lead backwards only, so that they end.
/// Limits: 63 bytes a label, 255 in all.
[[nodiscard]] std::optional<WireName> read_name(Bytes message, std::size_t offset,
                                                Compression compression);

}  // namespace tautline::dns
