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

}  // namespace tautline::proxy
