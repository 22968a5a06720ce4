// SPDX-License-Identifier: MIT
#include <array>

#include <fmt/format.h>

#include <tautline/base/base64.hpp>

#include "page.hpp"

namespace tautline::taut {

namespace {

constexpr std::string_view kPlaceholder = "@NONCE@";

std::string with_nonce(std::string_view page, std::string_view nonce) {
    std::string out;
    for (auto at = page.find(kPlaceholder); at != std::string_view::npos;
         at = page.find(kPlaceholder)) {
        out += page.substr(0, at);
        out += nonce;
        page.remove_prefix(at + kPlaceholder.size());
    }
    return out += page;
}

}  // namespace

Response page_response(RandomBytes& random) {
    std::array<std::byte, 16> bytes{};
    random.fill(bytes);
    const auto nonce = encode_base64(bytes);
    auto response = Response::html(with_nonce(kPageTemplate, nonce));
    // Any server may be tried from the page, so connections may go anywhere.
    response.headers.set(
        "Content-Security-Policy",
        fmt::format("default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; "
                    "connect-src ws: wss:; img-src data:; base-uri 'none'; form-action 'none'; "
                    "frame-ancestors 'none'",
                    nonce));
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.headers.set("Referrer-Policy", "no-referrer");
    response.headers.set("Cache-Control", "no-store");
    return response;
}

}  // namespace tautline::taut
