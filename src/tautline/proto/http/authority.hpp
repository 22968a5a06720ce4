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

}  // namespace tautline::http
