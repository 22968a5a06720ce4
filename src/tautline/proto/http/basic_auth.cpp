// SPDX-License-Identifier: MIT
#include <tautline/proto/http/basic_auth.hpp>

#include <algorithm>

#include <tautline/base/ascii.hpp>
#include <tautline/base/base64.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::http {

namespace {

constexpr std::string_view kScheme = "Basic ";

// Looks at every byte, whatever the first ones say. `volatile` keeps the compiler from leaving
// early.
bool equal_in_constant_time(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    volatile unsigned char difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
    }
    return difference == 0;
}

}  // namespace

bool fit_basic(std::string_view user, std::string_view password) {
    return user.find(':') == user.npos && std::ranges::none_of(user, is_control) &&
           std::ranges::none_of(password, is_control);
}

std::string basic_credentials(std::string_view user, std::string_view password) {
    const std::string pair = std::string(user) + ":" + std::string(password);
    return std::string(kScheme) + encode_base64(as_bytes(pair));
}

bool credentials_match(std::string_view field_value, std::string_view user,
                       std::string_view password) {
    // RFC 9110 section 11.1: the name of the scheme is case-insensitive.
    if (!equal_ignoring_case(field_value.substr(0, kScheme.size()), kScheme)) return false;
    const std::string wanted = basic_credentials(user, password);
    return equal_in_constant_time(trim_blanks(field_value.substr(kScheme.size())),
                                  std::string_view(wanted).substr(kScheme.size()));
}

}  // namespace tautline::http
