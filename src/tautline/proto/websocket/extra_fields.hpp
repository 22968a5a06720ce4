// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tautline/proto/http/field_list.hpp>

namespace tautline::websocket {

/// Whether the opening handshake writes this field by itself, or would mean something else with it:
/// `Upgrade`, `Connection`, `Content-Length`, `Transfer-Encoding` and every `Sec-WebSocket-...`.
[[nodiscard]] bool is_handshake_field(std::string_view name);

/// Says in words which of the fields that an application adds to a handshake may not be sent;
/// std::nullopt when all may. Values are not repeated: they may be secrets.
[[nodiscard]] std::optional<std::string> problem_with(const http::FieldList& extra_fields);

}  // namespace tautline::websocket
