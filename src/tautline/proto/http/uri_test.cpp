// SPDX-License-Identifier: MIT
#include <tautline/proto/http/uri.hpp>

#include <string>

#include <gtest/gtest.h>

namespace tautline::http {
namespace {

Uri parsed(std::string_view text) {
    const auto uri = parse_uri(text);
    EXPECT_TRUE(uri) << text;
    return uri.value_or(Uri{});
}

UriError refused(std::string_view text) {
    const auto uri = parse_uri(text);
    EXPECT_FALSE(uri) << text;
    return uri ? UriError::too_long : uri.error();
}

TEST(Uri, TakesAUrlApart) {
    const Uri uri = parsed("wss://Example.ORG:8443/chat?room=1");
    EXPECT_TRUE(uri.secure);
    EXPECT_EQ(uri.host, "example.org");
    EXPECT_EQ(uri.port, 8443);
    EXPECT_FALSE(uri.default_port);
    EXPECT_EQ(uri.target, "/chat?room=1");
    EXPECT_FALSE(uri.has_userinfo);
}

TEST(Uri, KnowsTheDefaultPortsOfEveryScheme) {
    EXPECT_EQ(parsed("ws://a").port, 80);
    EXPECT_EQ(parsed("http://a").port, 80);
    EXPECT_EQ(parsed("wss://a").port, 443);
    EXPECT_EQ(parsed("https://a").port, 443);
    EXPECT_FALSE(parsed("ws://a").secure);
    EXPECT_FALSE(parsed("HTTP://a").secure);
    EXPECT_TRUE(parsed("HTTPS://a").secure);
}

TEST(Uri, TheTargetIsNeverEmpty) {
    EXPECT_EQ(parsed("ws://a").target, "/");
    EXPECT_EQ(parsed("ws://a/").target, "/");
    EXPECT_EQ(parsed("ws://a?x=1").target, "/?x=1");
    EXPECT_EQ(parsed("ws://a/b//c/../d?").target, "/b//c/../d?");
}

TEST(Uri, LeavesTheDefaultPortOutOfHost) {
    EXPECT_EQ(parsed("ws://a:80/").host_field(), "a");
    EXPECT_EQ(parsed("ws://a:443/").host_field(), "a:443");
    EXPECT_EQ(parsed("wss://a:443/").host_field(), "a");
    EXPECT_EQ(parsed("ws://a:/").host_field(), "a");
    EXPECT_EQ(parsed("ws://[::1]:8080/").host_field(), "[::1]:8080");
}

TEST(Uri, DecodesUserinfo) {
    const Uri uri = parsed("ws://us%40er:p%3aw:d@host/");
    EXPECT_TRUE(uri.has_userinfo);
    EXPECT_EQ(uri.user, "us@er");
    EXPECT_EQ(uri.password, "p:w:d");
    EXPECT_EQ(uri.host, "host");
    EXPECT_EQ(parsed("ws://only@host/").user, "only");
}

TEST(Uri, ShowsNeitherUserinfoNorQuery) {
    EXPECT_EQ(parsed("wss://user:secret@host:1/path?token=secret").display(), "wss://host:1/path");
}

TEST(Uri, SaysWhereItLeadsTo) {
    EXPECT_EQ(parsed("wss://user:secret@host/").endpoint(), "host:443");
    EXPECT_EQ(parsed("ws://[::1]:9001/").endpoint(), "[::1]:9001");
    EXPECT_EQ(parsed("ws+unix:/run/a.sock:/").endpoint(), "unix:/run/a.sock");
}

TEST(Uri, GivesTheOrigin) {
    EXPECT_EQ(parsed("wss://Host/path").origin(), "https://host");
    EXPECT_EQ(parsed("ws://host:81/path").origin(), "http://host:81");
}

TEST(Uri, TakesIpv6Literals) {
    for (const char* good :
         {"::", "::1", "1::", "fe80::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
          "::ffff:192.0.2.1", "1:2:3:4:5:6:192.0.2.255", "ABCD::ef"}) {
        const Uri uri = parsed("ws://[" + std::string(good) + "]/");
        EXPECT_TRUE(uri.ipv6_literal) << good;
    }
    EXPECT_EQ(parsed("ws://[ABCD::EF]:1/").host, "abcd::ef");
}

TEST(Uri, RefusesWhatIsNotAnIpv6Literal) {
    for (const char* bad :
         {"", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
          "12345::", "g::", "1:2:3:4:5:6:7:8::", "::256.0.0.1", "::1.2.3", "::01.2.3.4",
          "::1.2.3.4.5", "1.2.3.4", "::1.2.3.4:5", "fe80::1%eth0", "::1."}) {
        EXPECT_EQ(refused("ws://[" + std::string(bad) + "]/"), UriError::host_invalid) << bad;
    }
    EXPECT_EQ(refused("ws://[::1/"), UriError::host_invalid);
    EXPECT_EQ(refused("ws://[::1]x/"), UriError::host_invalid);
}

TEST(Uri, RefusesAMissingOrForeignScheme) {
    for (const char* bad :
         {"", "example.org", "//example.org", "ws:", "ws:/a", "localhost:80", "ws//a"}) {
        EXPECT_EQ(refused(bad), UriError::scheme_missing) << bad;
    }
    for (const char* bad : {"ftp://a", "file:///a", "wsss://a", "://a", "ws+unixx://a", "s://a"}) {
        EXPECT_EQ(refused(bad), UriError::scheme_unsupported) << bad;
    }
}

TEST(Uri, RefusesAMissingHost) {
    for (const char* bad : {"ws://", "ws:///path", "ws://:80/", "ws://user@/", "ws://?x"}) {
        EXPECT_EQ(refused(bad), UriError::host_missing) << bad;
    }
}

TEST(Uri, RefusesAHostThatCannotBeOne) {
    for (const char* bad : {"ws://a b/", "ws://a\r\nb/", "ws://\xc3\xa9/", "ws://a%20b/",
                            "ws://a<b/", "ws://a%zz@b/", "ws://::1/"}) {
        const auto uri = parse_uri(bad);
        ASSERT_FALSE(uri) << bad;
    }
}

TEST(Uri, RefusesAPortOutOfRange) {
    for (const char* bad : {"0", "65536", "99999999999", "-1", "8o", "80 ", "+80"}) {
        EXPECT_EQ(refused("ws://a:" + std::string(bad) + "/"), UriError::port_invalid) << bad;
    }
    EXPECT_EQ(parsed("ws://a:1/").port, 1);
    EXPECT_EQ(parsed("ws://a:65535/").port, 65535);
}

TEST(Uri, H16_RefusesATargetThatCannotBeSent) {
    for (const char* bad : {"/a b", "/\xc3\xa9", "/a\r\nX: y", "/\x7f", "/\t"}) {
        EXPECT_EQ(refused("ws://a" + std::string(bad)), UriError::target_invalid) << bad;
    }
}

// RFC 6455 section 3.
TEST(Uri, RefusesAFragment) {
    for (const char* bad : {"ws://a/#b", "ws://a#b", "ws://a/?x#", "ws+unix:/s:/a#b"}) {
        EXPECT_EQ(refused(bad), UriError::fragment_present) << bad;
    }
}

TEST(Uri, HasALimit) {
    const std::string at_limit = "ws://a/" + std::string(8192 - 7, 'x');
    EXPECT_TRUE(parse_uri(at_limit));
    EXPECT_EQ(refused(at_limit + "x"), UriError::too_long);
}

TEST(Uri, TakesUnixSockets) {
    const Uri uri = parsed("ws+unix:/run/my.sock:/chat?x=1");
    EXPECT_EQ(uri.unix_path, "/run/my.sock");
    EXPECT_EQ(uri.target, "/chat?x=1");
    EXPECT_EQ(uri.host_field(), "localhost");
    EXPECT_EQ(uri.display(), "ws+unix:/run/my.sock:/chat");
    EXPECT_EQ(parsed("WS+UNIX:relative.sock").unix_path, "relative.sock");
    EXPECT_EQ(parsed("ws+unix:///run/s").unix_path, "/run/s");
    EXPECT_EQ(parsed("ws+unix:/s").target, "/");
}

TEST(Uri, ShowsAUnixPathOfTwoSlashesAsItIsRead) {
    const Uri uri = parsed("ws+unix:////s");
    EXPECT_EQ(uri.unix_path, "//s");
    EXPECT_EQ(uri.display(), "ws+unix:////s:/");
}

TEST(Uri, RefusesBadUnixSockets) {
    EXPECT_EQ(refused("ws+unix:"), UriError::unix_path_invalid);
    EXPECT_EQ(refused("ws+unix::/x"), UriError::unix_path_invalid);
    EXPECT_EQ(refused(std::string_view("ws+unix:/a\0b", 12)), UriError::unix_path_invalid);
    EXPECT_EQ(refused("ws+unix:/a:/b c"), UriError::target_invalid);
}

// RFC 7617 section 2: a colon ends the user, and neither part has controls.
TEST(Uri, RefusesUserinfoThatBasicAuthenticationCannotCarry) {
    EXPECT_EQ(refused("ws://a%3Ab:c@d/"), UriError::userinfo_invalid);
    EXPECT_EQ(refused("ws://a%0A@d/"), UriError::userinfo_invalid);
    EXPECT_EQ(refused("ws://a:%00@d/"), UriError::userinfo_invalid);
    EXPECT_EQ(parsed("ws://a:b%3Ac@d/").password, "b:c");
    EXPECT_EQ(parsed("ws://%c3%a9:%e2%82%ac@d/").user, "\xc3\xa9");
}

TEST(Uri, EveryErrorTellsWhatToDo) {
    const auto tells = [](UriError error, std::string_view words) {
        return message_for(error).find(words) != std::string_view::npos;
    };
    EXPECT_TRUE(tells(UriError::scheme_missing, "begin it with ws:// or wss://"));
    EXPECT_TRUE(tells(UriError::scheme_unsupported, "use ws://"));
    EXPECT_TRUE(tells(UriError::host_missing, "ws://example.org/"));
    EXPECT_TRUE(tells(UriError::host_invalid, "in brackets"));
    EXPECT_TRUE(tells(UriError::userinfo_invalid, "@ as %40"));
    EXPECT_TRUE(tells(UriError::unix_path_invalid, "ws+unix:/path/to/socket:/target"));
    EXPECT_TRUE(tells(UriError::port_invalid, "from 1 to 65535"));
    EXPECT_TRUE(tells(UriError::target_invalid, "percent-encode them"));
    EXPECT_TRUE(tells(UriError::fragment_present, "# as %23"));
    EXPECT_TRUE(tells(UriError::too_long, "8,192"));
}

}  // namespace
}  // namespace tautline::http
