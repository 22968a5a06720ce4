// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/outgoing_head.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include <tautline/base/ascii.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::h2 {

namespace {

// RFC 9113 section 8.2.2: these fields are about a connection. `Host` is sent as `:authority`.
bool stays_behind(std::string_view name) {
    static constexpr std::array<std::string_view, 8> kNames = {
        "connection",       "host", "http2-settings", "keep-alive",
        "proxy-connection", "te",   "upgrade",        "transfer-encoding",
    };
    return std::ranges::find(kNames, name) != kNames.end();
}

// RFC 9113 section 6.5.2: the size of a list of fields.
std::size_t size_of(const OutgoingHead& head) {
    constexpr std::size_t kForEach = 32;
    std::size_t size = 0;
    for (const auto& [name, value] : head) size += name.size() + value.size() + kForEach;
    return size;
}

std::expected<OutgoingHead, UsageError> with_fields(OutgoingHead head,
                                                    const http::FieldList& fields) {
    for (const auto& [name, value] : head) {
        if (!http::is_field_value(value)) return std::unexpected(UsageError::header_invalid);
    }
    for (const auto& [name, value] : fields) {
        if (!http::is_field_name(name) || !http::is_field_value(value)) {
            return std::unexpected(UsageError::header_invalid);
        }
        std::string lower = to_lower(name);
        if (!stays_behind(lower)) head.emplace_back(std::move(lower), value);
    }
    if (size_of(head) > kMaxOutgoingHeadBytes) return std::unexpected(UsageError::header_invalid);
    return head;
}

}  // namespace

std::expected<OutgoingHead, UsageError> outgoing_request(const Request& request) {
    const http::RequestHead& head = request.head;
    if (!http::is_token(head.method) || !head.target.starts_with('/') || request.scheme.empty() ||
        request.authority.empty()) {
        return std::unexpected(UsageError::header_invalid);
    }
    OutgoingHead out = {{":method", head.method}};
    if (!request.protocol.empty()) out.emplace_back(":protocol", request.protocol);
    out.emplace_back(":scheme", request.scheme);
    out.emplace_back(":authority", request.authority);
    out.emplace_back(":path", head.target);
    return with_fields(std::move(out), head.fields);
}

std::expected<OutgoingHead, UsageError> outgoing_response(const http::ResponseHead& head) {
    // 101 does not exist in HTTP/2, and no response of ours is an interim one.
    if (head.status < 200 || head.status > 599) return std::unexpected(UsageError::header_invalid);
    return with_fields({{":status", std::to_string(head.status)}}, head.fields);
}

}  // namespace tautline::h2
