// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/extra_fields.hpp>

#include <algorithm>
#include <array>

#include <tautline/base/ascii.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::websocket {

bool is_handshake_field(std::string_view name) {
    constexpr std::array<std::string_view, 4> kNames{"Upgrade", "Connection", "Content-Length",
                                                     "Transfer-Encoding"};
    constexpr std::string_view kPrefix = "Sec-WebSocket-";
    return equal_ignoring_case(name.substr(0, kPrefix.size()), kPrefix) ||
           std::ranges::any_of(kNames, [name](std::string_view reserved) {
               return equal_ignoring_case(name, reserved);
           });
}

std::optional<std::string> problem_with(const http::FieldList& extra_fields) {
    for (const auto& [name, value] : extra_fields) {
        if (!http::is_field_name(name)) {
            return "the name of an extra header field is not a token; it may have letters, digits "
                   "and !#$%&'*+-.^_`|~ only";
        }
        if (!http::is_field_value(value)) {
            return "the value of the extra header field " + name +
                   " may not be sent; it must be visible ASCII without blanks at its ends";
        }
        if (is_handshake_field(name)) {
            return "the extra header field " + name + " belongs to the handshake; leave it out";
        }
    }
    return std::nullopt;
}

}  // namespace tautline::websocket
