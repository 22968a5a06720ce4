// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include <tautline/proto/http/request_head.hpp>
#include <tautline/proto/http/uri.hpp>

namespace tautline::http {

/// A host with or without a port, as Host, `:authority` and Origin have it: "example.org:8080". The
/// grammar of URLs reads it; userinfo is refused. `secure` says which port is the default.
[[nodiscard]] std::optional<Uri> read_authority(std::string_view text, bool secure);

/// What Host says, which stands for `:authority` of HTTP/2. Nothing when it is missing, there
/// twice, empty, or no authority.
[[nodiscard]] std::optional<Uri> read_host(const RequestHead& request, bool secure);

/// Whether Host may say this (RFC 9112 section 3.2): a name or an address of RFC 3986
/// section 3.2.2, and perhaps a port. That the name can be found and the port be used is another
/// matter: those who talk over a Unix socket say what they like.
[[nodiscard]] bool is_host_value(std::string_view text);

}  // namespace tautline::http
