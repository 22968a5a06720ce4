// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/selector.hpp>

#include <gtest/gtest.h>

namespace tautline::proxy {
namespace {

const Route kProxy{ProxyUrl{Scheme::http, "a", 1}};

TEST(Selector, IsStraightByDefault) {
    EXPECT_EQ(Selector().routes_for(true, "x"), std::vector{Route{}});
}

TEST(Selector, GivesFixedRoutesInTheirOrder) {
    const Selector selector({kProxy, Route{}});
    EXPECT_EQ(selector.routes_for(false, "x"), (std::vector{kProxy, Route{}}));
    EXPECT_EQ(selector.routes_for(true, "x"), (std::vector{kProxy, Route{}}));
}

TEST(Selector, IsStraightToTheHostsOfNoProxy) {
    const Selector selector({kProxy}, "x");
    EXPECT_EQ(selector.routes_for(false, "x"), std::vector{Route{}});
    EXPECT_EQ(selector.routes_for(false, "y"), std::vector{kProxy});
}

TEST(Selector, AsksTheEnvironmentEveryTime) {
    std::string value = "a:1";
    const Selector selector(
        [&](const char* name) { return std::string(name) == "https_proxy" ? value : ""; });
    EXPECT_EQ(selector.routes_for(true, "x"), std::vector{kProxy});
    EXPECT_EQ(selector.routes_for(false, "x"), std::vector{Route{}});
    value = "socks4://a";
    ASSERT_FALSE(selector.routes_for(true, "x"));
    EXPECT_EQ(selector.routes_for(true, "x").error().variable, "https_proxy");
}

const Lookup kEnvironment = [](const char* name) -> std::optional<std::string> {
    if (std::string(name) == "all_proxy") return "a:1";
    if (std::string(name) == "no_proxy") return "x";
    return std::nullopt;
};
const Route kOther{ProxyUrl{Scheme::http, "b", 2}};

TEST(Selector, GivesItsRoutesInPlaceOfTheEnvironmentsProxies) {
    Selector selector(kEnvironment);
    selector.set_routes({kOther, Route{}});
    EXPECT_EQ(selector.routes_for(true, "y"), (std::vector{kOther, Route{}}));
}

TEST(Selector, KeepsNoProxyOfTheEnvironmentForItsOwnRoutes) {
    Selector selector(kEnvironment);
    selector.set_routes({kOther});
    EXPECT_EQ(selector.routes_for(true, "x"), std::vector{Route{}});
}

TEST(Selector, TakesItsOwnNoProxyInPlaceOfTheEnvironments) {
    Selector selector(kEnvironment);
    selector.set_no_proxy("y");
    EXPECT_EQ(selector.routes_for(true, "y"), std::vector{Route{}});
    EXPECT_EQ(selector.routes_for(true, "x"), std::vector{kProxy});
}

TEST(Selector, AnEmptyNoProxyOfItsOwnNamesNoHost) {
    Selector selector(kEnvironment);
    selector.set_no_proxy("");
    EXPECT_EQ(selector.routes_for(true, "x"), std::vector{kProxy});
}

TEST(SelectorDeathTest, WithoutARouteTheContractIsBroken) {
    EXPECT_DEATH(Selector(std::vector<Route>()), "contract broken");
    EXPECT_DEATH(Selector().set_routes({}), "contract broken");
}

}  // namespace
}  // namespace tautline::proxy
