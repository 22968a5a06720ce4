// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/credentials.hpp>

#include <algorithm>

namespace tautline::proxy {

namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

bool fits_basic(const Credentials& credentials) {
    return credentials.user.find(':') == std::string::npos &&
           std::ranges::none_of(credentials.user, is_control) &&
           std::ranges::none_of(credentials.password, is_control);
}

}  // namespace tautline::proxy
