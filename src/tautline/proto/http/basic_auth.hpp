// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace tautline::http {

/// Whether Basic authentication can carry them (RFC 7617 section 2): no control in either, no colon
/// in the user, which would move the border between the two.
[[nodiscard]] bool fit_basic(std::string_view user, std::string_view password);

/// The value of `Authorization` for Basic authentication (RFC 7617): "Basic dXNlcjpwYXNz".
[[nodiscard]] std::string basic_credentials(std::string_view user, std::string_view password);

/// Whether a received value of `Authorization` carries these credentials. The time it takes depends
/// on the lengths only, so that it cannot be used to guess them byte by byte.
[[nodiscard]] bool credentials_match(std::string_view field_value, std::string_view user,
                                     std::string_view password);

}  // namespace tautline::http
