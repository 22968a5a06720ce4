// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/route.hpp>

#include <gtest/gtest.h>

#include <tautline/base/error.hpp>
#include <tautline/base/proxy_error.hpp>

namespace tautline::proxy {
namespace {

std::vector<Route> parsed(std::string_view text) {
    const auto routes = parse_routes(text);
    EXPECT_TRUE(routes) << text;
    return routes.value_or(std::vector<Route>());
}

RouteError refused(std::string_view text) {
    const auto routes = parse_routes(text);
    EXPECT_FALSE(routes) << text;
    return routes ? RouteError::too_many_entries : routes.error();
}

Route through(Scheme scheme, std::string host, std::uint16_t port) {
    return {ProxyUrl{scheme, std::move(host), port}};
}

TEST(Route, ReadsAListInItsOrder) {
    EXPECT_EQ(parsed("PROXY a:3128; HTTPS b; SOCKS5 c:9050; socks d; http e:1; DIRECT"),
              (std::vector{through(Scheme::http, "a", 3128), through(Scheme::https, "b", 443),
                           through(Scheme::socks5h, "c", 9050), through(Scheme::socks5h, "d", 1080),
                           through(Scheme::http, "e", 1), Route{}}));
}

TEST(Route, ReadsUrls) {
    EXPECT_EQ(
        parsed("http://u:p@a:3128;direct"),
        (std::vector{Route{ProxyUrl{Scheme::http, "a", 3128, Credentials{"u", "p"}}}, Route{}}));
}

TEST(Route, ReadsAUrlWithoutItsSchemeWhenThereIsAPort) {
    EXPECT_EQ(parsed("a:3128; DIRECT"), (std::vector{through(Scheme::http, "a", 3128), Route{}}));
    EXPECT_EQ(parsed("u:p@a:3128"),
              (std::vector{Route{ProxyUrl{Scheme::http, "a", 3128, Credentials{"u", "p"}}}}));
    EXPECT_EQ(refused("a"), RouteError::keyword_unknown);
    EXPECT_EQ(refused("DIRECT:1:2"), RouteError::proxy_invalid);
}

TEST(Route, IgnoresEmptyEntriesAndBlanks) {
    EXPECT_EQ(parsed(" ;; DIRECT ;\tPROXY\t a:1 ;"),
              (std::vector{Route{}, through(Scheme::http, "a", 1)}));
}

TEST(Route, RefusesWhatIsNoList) {
    EXPECT_EQ(refused(""), RouteError::entry_missing);
    EXPECT_EQ(refused(" ; "), RouteError::entry_missing);
    EXPECT_EQ(refused("SOCKS4 a"), RouteError::keyword_unknown);
    EXPECT_EQ(refused("DIRECT a"), RouteError::host_unexpected);
    EXPECT_EQ(refused("PROXY"), RouteError::proxy_invalid);
    EXPECT_EQ(refused("PROXY a b"), RouteError::proxy_invalid);
    EXPECT_EQ(refused("http://a b"), RouteError::keyword_unknown);
    EXPECT_EQ(refused("socks4://a"), RouteError::proxy_invalid);
}

TEST(Route, HasAtMost16) {
    std::string list;
    for (int i = 0; i < 16; ++i) list += "DIRECT;";
    EXPECT_EQ(parsed(list).size(), 16u);
    EXPECT_EQ(refused(list + "DIRECT"), RouteError::too_many_entries);
}

TEST(Route, H23_ShowsNoCredentials) {
    EXPECT_EQ(Route{}.to_string(), "DIRECT");
    EXPECT_EQ(parsed("http://u:secret@a:3128")[0].to_string(), "http://a:3128");
}

TEST(Route, EveryErrorHasWordsOfItsOwn) {
    for (int value = 0; value < static_cast<int>(RouteError::proxy_invalid); ++value) {
        EXPECT_NE(message_for(static_cast<RouteError>(value)),
                  message_for(static_cast<RouteError>(value + 1)));
    }
}

TEST(Route, TheNextIsTriedWhenAProxyCannot) {
    using enum ProxyError;
    for (const ProxyError error :
         {response_malformed, response_too_large, closed_early, general_failure,
          network_unreachable, host_unreachable, connection_refused, ttl_expired,
          command_unsupported, address_type_unsupported, reply_unknown}) {
        EXPECT_TRUE(may_try_next(error, 0)) << name_for(error);
    }
    EXPECT_TRUE(may_try_next(ProxyError::refused, 502));
    EXPECT_TRUE(may_try_next(ProxyError::refused, 500));
    EXPECT_TRUE(may_try_next(ProxyError::refused, 600));
    EXPECT_TRUE(may_try_next(TransportError::tls_failed, 0));
    EXPECT_TRUE(may_try_next(std::make_error_code(std::errc::connection_refused), 0));
}

TEST(Route, TheNextIsNotTriedWhenAProxyWillNot) {
    for (const ProxyError error :
         {ProxyError::authentication_required, ProxyError::credentials_rejected,
          ProxyError::authentication_unsupported, ProxyError::not_allowed}) {
        EXPECT_FALSE(may_try_next(error, 407)) << name_for(error);
    }
    EXPECT_FALSE(may_try_next(ProxyError::refused, 403));
    EXPECT_FALSE(may_try_next(ProxyError::refused, 499));
    EXPECT_FALSE(may_try_next(TransportError::client_certificate_required, 0));
}

TEST(Route, TheNextIsNotTriedWhenTheCallItselfIsWrong) {
    EXPECT_FALSE(may_try_next(ProxyError::target_invalid, 0));
    EXPECT_FALSE(may_try_next(ProxyError::credentials_invalid, 0));
    EXPECT_FALSE(may_try_next(UsageError::cancelled, 0));
    EXPECT_FALSE(may_try_next(TransportError::certificate_rejected, 0));
    EXPECT_FALSE(may_try_next(HandshakeError::rejected, 404));
}

}  // namespace
}  // namespace tautline::proxy
