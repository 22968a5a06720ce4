// SPDX-License-Identifier: MIT
#include <tautline/proto/http/authority.hpp>

#include <string>

namespace tautline::http {

std::optional<Uri> read_authority(std::string_view text, bool secure) {
    if (text.find_first_of("/?#@") != text.npos) return std::nullopt;
    auto uri = parse_uri(std::string(secure ? "https://" : "http://").append(text));
    if (!uri) return std::nullopt;
    return *std::move(uri);
}

std::optional<Uri> read_host(const RequestHead& request, bool secure) {
    if (request.fields.count("Host") != 1) return std::nullopt;
    return read_authority(request.fields.combined("Host"), secure);
}

}  // namespace tautline::http
