// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tautline::http {

/// `name`, `name=value` or `name="value"`; escapes are removed from the value.
struct ExtensionParameter {
    std::string name;
    std::optional<std::string> value;

    friend bool operator==(const ExtensionParameter&, const ExtensionParameter&) = default;
};

struct Extension {
    std::string name;
    std::vector<ExtensionParameter> parameters;

    friend bool operator==(const Extension&, const Extension&) = default;
};

/// Reads the value of `Sec-WebSocket-Extensions`, all its lines combined:
///
///     permessage-deflate; client_max_window_bits; server_max_window_bits="10", other
///
/// Returns at least one extension, in the order of the field, or std::nullopt when any part of it
/// is malformed: then nothing of it may be trusted. Takes linear time.
/// Spec: RFC 6455 section 9.1. A quoted value must be a token once its quotes are off.
[[nodiscard]] std::optional<std::vector<Extension>> read_extension_list(std::string_view field);

}  // namespace tautline::http
