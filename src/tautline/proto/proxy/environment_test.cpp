// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/environment.hpp>

#include <map>

#include <gtest/gtest.h>

#include <tautline/proto/proxy/selector.hpp>

namespace tautline::proxy {
namespace {

using Variables = std::map<std::string, std::string>;

std::expected<Route, EnvironmentError> route(const Variables& variables, bool secure,
                                             std::string_view host = "host.example") {
    const auto lookup = [&](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
    auto routes = Selector(lookup).routes_for(secure, host);
    if (!routes) return std::unexpected(routes.error());
    return routes->front();
}

std::string plain(const Variables& variables, std::string_view host = "host.example") {
    const auto found = route(variables, false, host);
    return found ? found->to_string() : found.error().to_string();
}

std::string secure(const Variables& variables, std::string_view host = "host.example") {
    const auto found = route(variables, true, host);
    return found ? found->to_string() : found.error().to_string();
}

TEST(Environment, WithoutVariablesTheWayIsStraight) {
    EXPECT_EQ(plain({}), "DIRECT");
    EXPECT_EQ(secure({}), "DIRECT");
}

TEST(Environment, WsUsesHttpProxyAndWssHttpsProxy) {
    const Variables both{{"http_proxy", "a:1"}, {"https_proxy", "b:2"}};
    EXPECT_EQ(plain(both), "http://a:1");
    EXPECT_EQ(secure(both), "http://b:2");
    EXPECT_EQ(plain({{"https_proxy", "b:2"}}), "DIRECT");
    EXPECT_EQ(secure({{"http_proxy", "a:1"}}), "DIRECT");
}

TEST(Environment, TheVariablesOfWsAndWssComeBeforeThoseOfHttp) {
    EXPECT_EQ(plain({{"ws_proxy", "a:1"}, {"http_proxy", "b:2"}}), "http://a:1");
    EXPECT_EQ(plain({{"WS_PROXY", "a:1"}, {"http_proxy", "b:2"}}), "http://a:1");
    EXPECT_EQ(plain({{"ws_proxy", "a:1"}, {"WS_PROXY", "b:2"}}), "http://a:1");
    EXPECT_EQ(plain({{"ws_proxy", ""}, {"http_proxy", "b:2"}}), "http://b:2");
    EXPECT_EQ(secure({{"wss_proxy", "a:1"}, {"https_proxy", "b:2"}}), "http://a:1");
    EXPECT_EQ(secure({{"WSS_PROXY", "a:1"}, {"https_proxy", "b:2"}}), "http://a:1");
    EXPECT_EQ(secure({{"wss_proxy", "a:1"}, {"WSS_PROXY", "b:2"}}), "http://a:1");
}

TEST(Environment, WsProxyIsNotForWssNorWssProxyForWs) {
    EXPECT_EQ(secure({{"ws_proxy", "a:1"}, {"WS_PROXY", "a:1"}}), "DIRECT");
    EXPECT_EQ(plain({{"wss_proxy", "a:1"}, {"WSS_PROXY", "a:1"}}), "DIRECT");
}

TEST(Environment, HttpProxyInCapitalsIsNeverRead) {
    EXPECT_EQ(plain({{"HTTP_PROXY", "a:1"}}), "DIRECT");
    EXPECT_EQ(plain({{"HTTP_PROXY", "a:1"}, {"ALL_PROXY", "b:2"}}), "http://b:2");
}

TEST(Environment, LowerCaseComesFirst) {
    EXPECT_EQ(secure({{"https_proxy", "a:1"}, {"HTTPS_PROXY", "b:2"}}), "http://a:1");
    EXPECT_EQ(secure({{"HTTPS_PROXY", "b:2"}}), "http://b:2");
    EXPECT_EQ(plain({{"all_proxy", "a:1"}, {"ALL_PROXY", "b:2"}}), "http://a:1");
    EXPECT_EQ(plain({{"ALL_PROXY", "b:2"}}), "http://b:2");
}

TEST(Environment, AllProxyComesLast) {
    EXPECT_EQ(plain({{"http_proxy", "a:1"}, {"all_proxy", "b:2"}}), "http://a:1");
    EXPECT_EQ(secure({{"HTTPS_PROXY", "a:1"}, {"all_proxy", "b:2"}}), "http://a:1");
}

TEST(Environment, AnEmptyVariableIsNone) {
    EXPECT_EQ(plain({{"http_proxy", ""}, {"all_proxy", "b:2"}}), "http://b:2");
    EXPECT_EQ(secure({{"https_proxy", ""}, {"HTTPS_PROXY", "b:2"}}), "http://b:2");
    EXPECT_EQ(plain({{"http_proxy", "a:1"}, {"no_proxy", ""}, {"NO_PROXY", "*"}}), "DIRECT");
}

TEST(Environment, NoProxyNamesExceptions) {
    const Variables variables{{"all_proxy", "a:1"}, {"no_proxy", "example,10.0.0.0/8"}};
    EXPECT_EQ(plain(variables), "DIRECT");
    EXPECT_EQ(plain(variables, "10.1.2.3"), "DIRECT");
    EXPECT_EQ(plain(variables, "other"), "http://a:1");
    EXPECT_EQ(plain({{"all_proxy", "a:1"}, {"NO_PROXY", "*"}}), "DIRECT");
    EXPECT_EQ(plain({{"all_proxy", "a:1"}, {"no_proxy", "x"}, {"NO_PROXY", "*"}}), "http://a:1");
}

TEST(Environment, KeepsCredentialsAndScheme) {
    EXPECT_EQ(route({{"all_proxy", "socks5h://u:p@a"}}, true)->proxy,
              (ProxyUrl{Scheme::socks5h, "a", 1080, Credentials{"u", "p"}}));
}

TEST(Environment, H23_SaysWhichVariableIsWrongAndNothingOfIt) {
    const auto failed = route({{"https_proxy", "http://u:secret@a:0"}}, true);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().variable, "https_proxy");
    EXPECT_EQ(failed.error().problem, ProxyUrlError::port_invalid);
    EXPECT_EQ(failed.error().to_string(),
              "https_proxy: " + std::string(message_for(ProxyUrlError::port_invalid)));
}

TEST(Environment, AVariableThatDoesNotCountIsNotRead) {
    EXPECT_EQ(plain({{"http_proxy", "bad://"}, {"no_proxy", "*"}}), "DIRECT");
    EXPECT_EQ(secure({{"http_proxy", "bad://"}, {"https_proxy", "a:1"}}), "http://a:1");
}

}  // namespace
}  // namespace tautline::proxy
