// SPDX-License-Identifier: MIT
#include <tautline/proto/http/authority.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <system_error>

#include <tautline/base/ascii.hpp>
#include <tautline/base/ip_address.hpp>
#include <tautline/base/parse_number.hpp>
#include <tautline/proto/http/percent_encoding.hpp>

namespace tautline::http {

namespace {

// RFC 3986 section 3.2.2: unreserved, sub-delims and escapes.
bool is_registered_name(std::string_view text) {
    constexpr std::string_view kOthers = "-._~!$&'()*+,;=%";
    const bool allowed = std::ranges::all_of(text, [&](char c) {
        return is_letter(c) || is_digit(c) || kOthers.find(c) != kOthers.npos;
    });
    return allowed && decode_percent(text);
}

bool is_ip_literal(std::string_view text) {
    const auto address = IpAddress::parse(text);
    return address && address->is_v6();
}

// Also 0, which is nobody's.
bool is_port(std::string_view text) { return text.empty() || parse_number<std::uint16_t>(text); }

}  // namespace

std::optional<Uri> read_authority(std::string_view text, bool secure) {
    if (text.find_first_of("/?#@") != text.npos) return std::nullopt;
    auto uri = parse_uri(std::string(secure ? "https://" : "http://").append(text));
    if (!uri) return std::nullopt;
    return *std::move(uri);
}

bool is_host_value(std::string_view text) {
    const bool literal = text.starts_with('[');
    const std::size_t end = std::min(text.find(literal ? ']' : ':'), text.size());
    if (literal && end == text.size()) return false;
    const std::string_view host = literal ? text.substr(1, end - 1) : text.substr(0, end);
    const std::string_view rest = text.substr(literal ? end + 1 : end);
    const bool ends_well = rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
    if (literal) return ends_well && is_ip_literal(host);
    return ends_well && !host.empty() && is_registered_name(host);
}

std::optional<Uri> read_host(const RequestHead& request, bool secure) {
    if (request.fields.count("Host") != 1) return std::nullopt;
    return read_authority(request.fields.combined("Host"), secure);
}

}  // namespace tautline::http
