// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tautline/base/assert.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/http/authority.hpp>
#include <tautline/proto/http/basic_auth.hpp>
#include <tautline/proto/http/head_writer.hpp>
#include <tautline/proto/http/origin.hpp>
#include <tautline/proto/http/percent_encoding.hpp>
#include <tautline/proto/http/uri.hpp>

namespace {

using tautline::http::parse_uri;
using tautline::http::Uri;

bool leads_to_the_same_place(const Uri& a, const Uri& b) {
    return a.secure == b.secure && a.host == b.host && a.ipv6_literal == b.ipv6_literal &&
           a.port == b.port && a.default_port == b.default_port && a.unix_path == b.unix_path;
}

// A URL that was taken can be put together again and is taken as the same.
void check_round_trip(const Uri& uri) {
    const std::string front = uri.unix_path.empty()
                                  ? (uri.secure ? "wss://" : "ws://") + uri.host_field()
                                  : "ws+unix://" + uri.unix_path + ":";
    const auto again = parse_uri(front + uri.target);
    TAUTLINE_ASSERT(again && leads_to_the_same_place(*again, uri) && again->target == uri.target);
    TAUTLINE_ASSERT(!again->has_userinfo);

    const auto shown = parse_uri(uri.display());
    TAUTLINE_ASSERT(shown && leads_to_the_same_place(*shown, uri));
    TAUTLINE_ASSERT(shown->target.find('?') == std::string::npos && !shown->has_userinfo);
}

// Whatever URL was taken, the request made from it may be sent.
void check_request(const Uri& uri) {
    tautline::http::RequestHead head{
        .method = "GET", .target = uri.target, .version_minor = 1, .fields = {}};
    head.fields.add("Host", uri.host_field());
    head.fields.add("Origin", uri.origin());
    const auto credentials = tautline::http::basic_credentials(uri.user, uri.password);
    head.fields.add("Authorization", credentials);
    TAUTLINE_ASSERT(tautline::http::write_head(head));
    TAUTLINE_ASSERT(tautline::http::credentials_match(credentials, uri.user, uri.password));
}

// What leads somewhere may also stand in Host, and is taken there as what it is written as.
void check_authority(std::string_view text) {
    const auto authority = tautline::http::read_authority(text, true);
    (void)tautline::http::is_host_value(text);
    if (!authority) return;
    TAUTLINE_ASSERT(tautline::http::is_host_value(authority->host_field()));
    const auto again = tautline::http::read_authority(authority->host_field(), true);
    TAUTLINE_ASSERT(again && leads_to_the_same_place(*again, *authority));
}

// A page may say any origin; its one form stays as it is.
void check_origin(std::string_view text) {
    const auto origin = tautline::http::normal_origin(text);
    if (!origin) return;
    TAUTLINE_ASSERT(tautline::http::normal_origin(*origin) == origin);
}

// Two spellings of a path that mean the same have one form, and it still means that.
void check_escapes(std::string_view text) {
    using namespace tautline::http;
    const std::string normal = normal_escapes(text);
    TAUTLINE_ASSERT(normal_escapes(normal) == normal);
    TAUTLINE_ASSERT(decode_percent(normal) == decode_percent(text));
    TAUTLINE_ASSERT(normal.size() <= text.size());
    if (const auto strict = decode_percent(text)) {
        TAUTLINE_ASSERT(decode_percent_leniently(text) == *strict);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text =
        tautline::as_text(tautline::Bytes(reinterpret_cast<const std::byte*>(data), size));
    check_authority(text);
    check_escapes(text);
    check_origin(text);
    const auto uri = parse_uri(text);
    if (!uri) {
        TAUTLINE_ASSERT(!tautline::http::message_for(uri.error()).empty());
        return 0;
    }
    TAUTLINE_ASSERT(uri->port > 0 && !uri->host.empty() && uri->target.starts_with('/'));
    // What is put together may be longer than what was taken, by slashes, a colon and a port.
    if (size <= 8000) check_round_trip(*uri);
    check_request(*uri);
    return 0;
}
