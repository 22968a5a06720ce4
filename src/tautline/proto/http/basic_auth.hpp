// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace tautline::http {

/// The value of `Authorization` for Basic authentication (RFC 7617): "Basic dXNlcjpwYXNz".
[[nodiscard]] std::string basic_credentials(std::string_view user, std::string_view password);

/// Whether a received value of `Authorization` carries these credentials. The time it takes depends
/// on the lengths only, so that it cannot be used to guess them byte by byte.
[[nodiscard]] bool credentials_match(std::string_view field_value, std::string_view user,
                                     std::string_view password);

}  // namespace tautline::http
