// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace tautline::proxy {

/// The user and the password for a proxy. Never part of a text that is shown or logged.
struct Credentials {
    std::string user;
    std::string password;

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// Whether Basic authentication can carry them (RFC 7617 section 2): no control in either, no colon
/// in the user.
[[nodiscard]] bool fits_basic(const Credentials& credentials);

}  // namespace tautline::proxy
