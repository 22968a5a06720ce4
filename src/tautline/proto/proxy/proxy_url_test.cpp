// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/proxy_url.hpp>

#include <gtest/gtest.h>

namespace tautline::proxy {
namespace {

ProxyUrl parsed(std::string_view text) {
    const auto url = parse_proxy_url(text);
    EXPECT_TRUE(url) << text;
    return url.value_or(ProxyUrl{});
}

ProxyUrlError refused(std::string_view text) {
    const auto url = parse_proxy_url(text);
    EXPECT_FALSE(url) << text;
    return url ? ProxyUrlError::too_long : url.error();
}

TEST(ProxyUrl, TakesAUrlApart) {
    EXPECT_EQ(parsed("socks5h://us%40er:p%3Aw:d@Proxy.Example:9050/"),
              (ProxyUrl{Scheme::socks5h, "proxy.example", 9050, Credentials{"us@er", "p:w:d"}}));
}

TEST(ProxyUrl, IsHttpWithoutAScheme) {
    EXPECT_EQ(parsed("proxy:3128"), (ProxyUrl{Scheme::http, "proxy", 3128}));
    EXPECT_EQ(parsed("u:p@proxy:3128"),
              (ProxyUrl{Scheme::http, "proxy", 3128, Credentials{"u", "p"}}));
}

TEST(ProxyUrl, KnowsEverySchemeInAnyCase) {
    EXPECT_EQ(parsed("HTTP://a").scheme, Scheme::http);
    EXPECT_EQ(parsed("Https://a").scheme, Scheme::https);
    EXPECT_EQ(parsed("SOCKS5://a").scheme, Scheme::socks5);
    EXPECT_EQ(parsed("socks5H://a").scheme, Scheme::socks5h);
}

TEST(ProxyUrl, HasTheDefaultPortsOfCurl) {
    EXPECT_EQ(parsed("a").port, 1080);
    EXPECT_EQ(parsed("http://a:").port, 1080);
    EXPECT_EQ(parsed("http://a").port, 1080);
    EXPECT_EQ(parsed("https://a").port, 443);
    EXPECT_EQ(parsed("socks5://a").port, 1080);
    EXPECT_EQ(parsed("socks5h://a").port, 1080);
}

TEST(ProxyUrl, TakesPortsThatAreTheDefaultOfSomethingElse) {
    EXPECT_EQ(parsed("http://a:80").port, 80);
    EXPECT_EQ(parsed("http://a:443").port, 443);
    EXPECT_EQ(parsed("https://a:80").port, 80);
    EXPECT_EQ(parsed("a:00080").port, 80);
    EXPECT_EQ(parsed("a:65535").port, 65535);
}

TEST(ProxyUrl, TakesIpv6InBrackets) {
    EXPECT_EQ(parsed("[::1]:3128"), (ProxyUrl{Scheme::http, "::1", 3128}));
    EXPECT_EQ(parsed("socks5://[2001:DB8::1]").host, "2001:db8::1");
}

TEST(ProxyUrl, TakesUserinfoThatCurlTakes) {
    EXPECT_EQ(parsed("http://u@a").credentials, (Credentials{"u", ""}));
    EXPECT_EQ(parsed("http://:p@a").credentials, (Credentials{"", "p"}));
    EXPECT_EQ(parsed("http://@a").credentials, (Credentials{"", ""}));
    EXPECT_EQ(parsed("u:a^b\"{|}@a").credentials, (Credentials{"u", "a^b\"{|}"}));
    EXPECT_FALSE(parsed("http://a").credentials);
}

TEST(ProxyUrl, IgnoresPathQueryAndFragment) {
    EXPECT_EQ(parsed("http://a:1/path?x#y"), (ProxyUrl{Scheme::http, "a", 1}));
    EXPECT_EQ(parsed("a:1/x://y@z"), (ProxyUrl{Scheme::http, "a", 1}));
    EXPECT_EQ(parsed("socks5://localhost/").host, "localhost");
    EXPECT_EQ(parsed("socks5://a/tmp/socket").host, "a");
}

TEST(ProxyUrl, RefusesSocks4ByName) {
    for (const char* url : {"socks4://a", "socks4a://a", "socks://a", "SOCKS4://a"}) {
        EXPECT_EQ(refused(url), ProxyUrlError::socks4_unsupported) << url;
    }
}

TEST(ProxyUrl, RefusesWhatIsNone) {
    EXPECT_EQ(refused("ftp://a"), ProxyUrlError::scheme_unsupported);
    EXPECT_EQ(refused("://a"), ProxyUrlError::scheme_unsupported);
    EXPECT_EQ(refused(""), ProxyUrlError::host_missing);
    EXPECT_EQ(refused("http://"), ProxyUrlError::host_missing);
    EXPECT_EQ(refused("http:///"), ProxyUrlError::host_missing);
    EXPECT_EQ(refused("u:p@"), ProxyUrlError::host_missing);
    EXPECT_EQ(refused("//a"), ProxyUrlError::host_missing);
    EXPECT_EQ(refused("::1"), ProxyUrlError::host_invalid);
    EXPECT_EQ(refused("http:a"), ProxyUrlError::port_invalid);
    EXPECT_EQ(refused(" http://a"), ProxyUrlError::scheme_unsupported);
    EXPECT_EQ(refused("http://a b"), ProxyUrlError::host_invalid);
    EXPECT_EQ(refused("http://a\r\nb"), ProxyUrlError::host_invalid);
    EXPECT_EQ(refused("socks5h://localhost/tmp/socket"), ProxyUrlError::path_unsupported);
    EXPECT_EQ(refused("socks5://localhost/tmp/socket"), ProxyUrlError::path_unsupported);
}

TEST(ProxyUrl, RefusesPortsThatAreNone) {
    for (const char* url :
         {"a:0", "a:65536", "a:1x", "a:-1", "a:99999999999", "a:", "a:/", "http:/a"}) {
        EXPECT_EQ(refused(url), ProxyUrlError::port_invalid) << url;
    }
}

TEST(ProxyUrl, RefusesUserinfoThatCannotBeSentOrRead) {
    for (const char* url : {"u:p@ss@a", "u:%0d%0a@a", "u%3a:p@a", "u:a b@a", "u%00@a"}) {
        EXPECT_EQ(refused(url), ProxyUrlError::userinfo_invalid) << url;
    }
}

TEST(ProxyUrl, RefusesWhatIsTooLong) {
    EXPECT_TRUE(parse_proxy_url("u:" + std::string(4092, 'p') + "@a"));
    EXPECT_EQ(refused("u:" + std::string(4093, 'p') + "@a"), ProxyUrlError::too_long);
}

TEST(ProxyUrl, H23_NeverShowsCredentials) {
    EXPECT_EQ(parsed("u:secret@Proxy").to_string(), "http://proxy:1080");
    EXPECT_EQ(parsed("https://u:secret@[::1]").to_string(), "https://[::1]:443");
}

TEST(ProxyUrl, EveryErrorHasWordsOfItsOwn) {
    for (int value = 0; value < static_cast<int>(ProxyUrlError::too_long); ++value) {
        EXPECT_NE(message_for(static_cast<ProxyUrlError>(value)),
                  message_for(static_cast<ProxyUrlError>(value + 1)));
    }
}

}  // namespace
}  // namespace tautline::proxy
