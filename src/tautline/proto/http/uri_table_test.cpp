// SPDX-License-Identifier: MIT
#include <array>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <tautline/proto/http/uri.hpp>

namespace tautline::http {
namespace {

struct Good {
    std::string_view url;
    bool secure;
    std::string_view host;
    std::uint16_t port;
    std::string_view target;
    std::string_view host_field;
};

constexpr auto kGood = std::to_array<Good>({
    {"ws://a", false, "a", 80, "/", "a"},
    {"ws://a/", false, "a", 80, "/", "a"},
    {"wss://a", true, "a", 443, "/", "a"},
    {"http://a", false, "a", 80, "/", "a"},
    {"https://a", true, "a", 443, "/", "a"},
    {"WS://A/B", false, "a", 80, "/B", "a"},
    {"wSs://EXAMPLE.org/Path", true, "example.org", 443, "/Path", "example.org"},
    {"HtTpS://a", true, "a", 443, "/", "a"},
    {"ws://example.org.", false, "example.org.", 80, "/", "example.org."},
    {"ws://under_score-dash.x", false, "under_score-dash.x", 80, "/", "under_score-dash.x"},
    {"ws://xn--bcher-kva.example", false, "xn--bcher-kva.example", 80, "/",
     "xn--bcher-kva.example"},
    {"ws://127.0.0.1:9001/x", false, "127.0.0.1", 9001, "/x", "127.0.0.1:9001"},
    {"ws://a:80", false, "a", 80, "/", "a"},
    {"ws://a:", false, "a", 80, "/", "a"},
    {"wss://a:/x", true, "a", 443, "/x", "a"},
    {"ws://a:443", false, "a", 443, "/", "a:443"},
    {"wss://a:80", true, "a", 80, "/", "a:80"},
    {"wss://a:443", true, "a", 443, "/", "a"},
    {"ws://a:00080", false, "a", 80, "/", "a"},
    {"ws://a:1", false, "a", 1, "/", "a:1"},
    {"ws://a:65535", false, "a", 65535, "/", "a:65535"},
    {"ws://[::1]", false, "::1", 80, "/", "[::1]"},
    {"wss://[2001:DB8::1]:8443/x?y", true, "2001:db8::1", 8443, "/x?y", "[2001:db8::1]:8443"},
    {"ws://[::ffff:192.0.2.1]:", false, "::ffff:192.0.2.1", 80, "/", "[::ffff:192.0.2.1]"},
    {"ws://a?", false, "a", 80, "/?", "a"},
    {"ws://a?b=c/d?e@f:g", false, "a", 80, "/?b=c/d?e@f:g", "a"},
    {"ws://a/@:b", false, "a", 80, "/@:b", "a"},
    {"ws://a//b", false, "a", 80, "//b", "a"},
    {"ws://a/%20%zz{}|\\^`\"<>", false, "a", 80, "/%20%zz{}|\\^`\"<>", "a"},
    {"ws://u:p@a:81/x", false, "a", 81, "/x", "a:81"},
    {"ws://@a", false, "a", 80, "/", "a"},
    {"ws://:@[::1]:1", false, "::1", 1, "/", "[::1]:1"},
});

TEST(UriTable, EveryGoodUrlIsTakenApart) {
    for (const auto& row : kGood) {
        const auto uri = parse_uri(row.url);
        ASSERT_TRUE(uri) << row.url << ": " << message_for(uri.error());
        EXPECT_EQ(uri->secure, row.secure) << row.url;
        EXPECT_EQ(uri->host, row.host) << row.url;
        EXPECT_EQ(uri->port, row.port) << row.url;
        EXPECT_EQ(uri->target, row.target) << row.url;
        EXPECT_EQ(uri->host_field(), row.host_field) << row.url;
        EXPECT_EQ(uri->unix_path, "") << row.url;
    }
}

struct Bad {
    std::string_view url;
    UriError error;
};

using enum UriError;

constexpr auto kBad = std::to_array<Bad>({
    {"", scheme_missing},
    {"a", scheme_missing},
    {"/a", scheme_missing},
    {"//a", scheme_missing},
    {"a:80", scheme_missing},
    {"ws:a", scheme_missing},
    {"ws:/a", scheme_missing},
    {"ws:\\\\a", scheme_missing},
    {"://a", scheme_unsupported},
    {" ws://a", scheme_unsupported},
    {"ws ://a", scheme_unsupported},
    {"wsx://a", scheme_unsupported},
    {"ftp://a", scheme_unsupported},
    {"file:///a", scheme_unsupported},
    {"javascript://a", scheme_unsupported},
    {"ws+unixx://a", scheme_unsupported},
    {"wss+unix://a", scheme_unsupported},
    {"ws://", host_missing},
    {"ws:///", host_missing},
    {"ws://?a", host_missing},
    {"ws://#a", host_missing},
    {"ws://:80", host_missing},
    {"ws://u@", host_missing},
    {"ws://u:p@:80/", host_missing},
    {"ws://.", host_invalid},
    {"ws://./", host_invalid},
    {"ws://.:80/", host_invalid},
    {"ws://a..b", host_invalid},
    {"ws://1.2.3.256", host_invalid},
    {"ws://a b", host_invalid},
    {"ws://a\tb", host_invalid},
    {"ws://a\r\nHost: b", host_invalid},
    {"ws://a\\b", host_invalid},
    {"ws://a%2eb", host_invalid},
    {"ws://a\"b", host_invalid},
    {"ws://a<b>", host_invalid},
    {"ws://a^b", host_invalid},
    {"ws://a|b", host_invalid},
    {"ws://{a}", host_invalid},
    {"ws://b\xc3\xbc"
     "cher.example",
     host_invalid},
    {"ws://[::1", host_invalid},
    {"ws://[]", host_invalid},
    {"ws://[a]", host_invalid},
    {"ws://[127.0.0.1]", host_invalid},
    {"ws://[fe80::1%25eth0]", host_invalid},
    {"ws://[v1.a]", host_invalid},
    {"ws://[::1]a", host_invalid},
    {"ws://[::1][::1]", host_invalid},
    {"ws://a[::1]", host_invalid},
    {"ws://a]", host_invalid},
    {"ws://::1", host_invalid},
    {"ws://2001:db8::1/", host_invalid},
    {"ws://a:80:81", host_invalid},
    {"ws://u s@a", userinfo_invalid},
    {"ws://u@v@a", userinfo_invalid},
    {"ws://u[@a", userinfo_invalid},
    {"ws://u\r\n@a", userinfo_invalid},
    {"ws://u\xc3\xa9@a", userinfo_invalid},
    {"ws://u%@a", userinfo_invalid},
    {"ws://u%4@a", userinfo_invalid},
    {"ws://u%zz@a", userinfo_invalid},
    {"ws://u:%zz@a", userinfo_invalid},
    {"ws://u%3Av:p@a", userinfo_invalid},
    {"ws://u%00@a", userinfo_invalid},
    {"ws://u:%0d%0a@a", userinfo_invalid},
    {"ws://u:%7f@a", userinfo_invalid},
    {"ws://a:b", port_invalid},
    {"ws://a:0", port_invalid},
    {"ws://a:65536", port_invalid},
    {"ws://a:4294967376", port_invalid},
    {"ws://a:99999999999999999999", port_invalid},
    {"ws://a:-80", port_invalid},
    {"ws://a:+80", port_invalid},
    {"ws://a: 80", port_invalid},
    {"ws://a:80 ", port_invalid},
    {"ws://a:0x50", port_invalid},
    {"ws://[::1]:x", port_invalid},
    {"ws://a/b c", target_invalid},
    {"ws://a/b\tc", target_invalid},
    {"ws://a/b\r\nX: y", target_invalid},
    {"ws://a/b\x7f", target_invalid},
    {"ws://a/\xe2\x82\xac", target_invalid},
    {"ws://a?b c", target_invalid},
    {"ws://a#", fragment_present},
    {"ws://a/#b", fragment_present},
    {"ws://a?b#c", fragment_present},
    {"ws://a/b c#d", fragment_present},
    {"ws+unix:", unix_path_invalid},
    {"ws+unix://", unix_path_invalid},
    {"ws+unix::/a", unix_path_invalid},
    {"ws+unix:/a\nb:/c", unix_path_invalid},
    {"ws+unix:/a\x1b[2J:/c", unix_path_invalid},
    {"ws+unix:/a:/b c", target_invalid},
    {"ws+unix:/a:/b#c", fragment_present},
});

TEST(UriTable, EveryBadUrlIsRefusedByName) {
    for (const auto& row : kBad) {
        const auto uri = parse_uri(row.url);
        ASSERT_FALSE(uri) << row.url;
        EXPECT_EQ(message_for(uri.error()), message_for(row.error)) << row.url;
    }
}

// What is shown can be typed in again and leads to the same place.
TEST(UriTable, EveryGoodUrlIsShownAsAUrl) {
    for (const auto& row : kGood) {
        const auto uri = parse_uri(row.url);
        ASSERT_TRUE(uri) << row.url;
        const auto shown = parse_uri(uri->display());
        ASSERT_TRUE(shown) << uri->display();
        EXPECT_EQ(shown->host_field(), uri->host_field());
        EXPECT_EQ(shown->secure, uri->secure);
        EXPECT_FALSE(shown->has_userinfo);
    }
}

}  // namespace
}  // namespace tautline::http
