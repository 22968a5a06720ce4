// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/endpoint_order.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;

namespace {

using Strings = std::vector<std::string>;

struct Order {
    RaceSetup setup{.config = {}, .origin = {.host = "example.com"}};
    Resolved known;
    std::vector<Route> routes;
    bool http1_only = false;

    [[nodiscard]] Strings lines() const {
        Strings lines;
        for (const Endpoint& endpoint : order_endpoints(setup, known, routes, http1_only)) {
            lines.push_back(endpoint.to_string());
        }
        return lines;
    }
};

TEST(EndpointOrder, IsEmptyAsLongAsNothingIsKnown) { EXPECT_EQ(Order{}.lines(), Strings{}); }

TEST(EndpointOrder, InterleavesFamilies) {
    Order order;
    order.known.names = {{"example.com", addresses({"192.0.2.1", "192.0.2.2", "192.0.2.3",
                                                    "2001:db8::1", "2001:db8::2"})}};

    EXPECT_EQ(order.lines(),
              (Strings{"[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1", "[2001:db8::2]:443 h2+h1",
                       "192.0.2.2:443 h2+h1", "192.0.2.3:443 h2+h1"}));
}

TEST(EndpointOrder, MayBeginWithTwoOfThePreferredFamily) {
    Order order;
    order.setup.config.preferred_family_count = 2;
    order.setup.config.ip = IpMode::prefer_v4;
    order.known.names = {{"example.com", addresses({"192.0.2.1", "192.0.2.2", "192.0.2.3",
                                                    "2001:db8::1", "2001:db8::2"})}};

    EXPECT_EQ(order.lines(),
              (Strings{"192.0.2.1:443 h2+h1", "192.0.2.2:443 h2+h1", "[2001:db8::1]:443 h2+h1",
                       "192.0.2.3:443 h2+h1", "[2001:db8::2]:443 h2+h1"}));
}

TEST(EndpointOrder, SortsAddressesByTheirRoutes) {
    Order order;
    order.known.names = {{"example.com", addresses({"192.0.2.1", "192.0.2.2"})}};
    order.routes = {{.address = IpAddress::parse("192.0.2.2").value()}};
    order.routes[0].used_before = true;

    EXPECT_EQ(order.lines(), (Strings{"192.0.2.2:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

// RFC 6724 section 2.1: a unique local address has less precedence than IPv4.
TEST(EndpointOrder, BeginsWithTheFamilyOfTheBestAddress) {
    Order order;
    order.known.names = {{"example.com", addresses({"fd00::1", "192.0.2.1", "192.0.2.2"})}};

    EXPECT_EQ(order.lines(),
              (Strings{"192.0.2.1:443 h2+h1", "[fd00::1]:443 h2+h1", "192.0.2.2:443 h2+h1"}));
}

// RFC 6724 section 6, rule 5: a unique local source does not fit a global address.
TEST(EndpointOrder, LetsTheSourceDecideWhichFamilyBegins) {
    Order order;
    order.known.names = {{"example.com", addresses({"2001:db8::1", "192.0.2.1"})}};
    order.routes = {{.address = IpAddress::parse("2001:db8::1").value(),
                     .source = IpAddress::parse("fd00::2").value()},
                    {.address = IpAddress::parse("192.0.2.1").value(),
                     .source = IpAddress::parse("192.0.2.9").value()}};

    EXPECT_EQ(order.lines(), (Strings{"192.0.2.1:443 h2+h1", "[2001:db8::1]:443 h2+h1"}));
}

TEST(EndpointOrder, DecidesForEachTierWhichFamilyBegins) {
    Order order;
    order.known.records = {record(1, "cdn.example", {"h2"})};
    order.known.records[0].ipv6_hints = addresses({"fd00::8"});
    order.known.records[0].ipv4_hints = addresses({"192.0.2.8"});
    order.known.names = {{"example.com", addresses({"192.0.2.1", "2001:db8::1"})}};

    EXPECT_EQ(order.lines(), (Strings{"192.0.2.8:443 h2", "[fd00::8]:443 h2",
                                      "[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

TEST(EndpointOrder, BeginsWithThePreferredFamilyWhateverRfc6724Says) {
    Order order;
    order.setup.config.ip = IpMode::prefer_v6;
    order.known.names = {{"example.com", addresses({"192.0.2.1", "fd00::1"})}};

    EXPECT_EQ(order.lines(), (Strings{"[fd00::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

TEST(EndpointOrder, PutsAliasesBeforeTheOrigin) {
    Order order;
    order.known.aliases = {"b.example", "a.example"};
    order.known.names = {{"example.com", addresses({"192.0.2.1"})},
                         {"a.example", addresses({"192.0.2.2"})},
                         {"b.example", addresses({"192.0.2.3"})}};

    EXPECT_EQ(order.lines(),
              (Strings{"192.0.2.3:443 h2+h1", "192.0.2.2:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

TEST(EndpointOrder, LeavesOutAlternativesThatAreCovered) {
    Order order;
    order.setup.config.alt_services = {{HttpVersion::http1, "", std::nullopt},
                                       {HttpVersion::http3, "", std::nullopt}};
    order.known.records = {record(1, "example.com", {"h2", "http/1.1"})};
    order.known.names = {{"example.com", addresses({"192.0.2.1"})}};

    EXPECT_EQ(order.lines(), (Strings{"192.0.2.1:443 h2+h1", "192.0.2.1:443 h3"}));
}

TEST(EndpointOrder, OffersHttp1AloneWhereHttp2DisappointedWebSockets) {
    Order order;
    order.http1_only = true;
    order.known.records = {record(1, "example.com", {"h3", "h2", "http/1.1"}),
                           record(2, "example.com", {"h2"})};
    order.known.names = {{"example.com", addresses({"192.0.2.1"})}};

    order.setup.config.session = SessionKind::websocket;
    EXPECT_EQ(order.lines(), (Strings{"192.0.2.1:443 h3", "192.0.2.1:443 h1", "192.0.2.1:443 h2"}));
    order.setup.config.session = SessionKind::none;
    EXPECT_EQ(order.lines(), (Strings{"192.0.2.1:443 h3", "192.0.2.1:443 h2+h1"}));
}

TEST(EndpointOrder, SynthesisesIpv4HintsAndLiteralsBehindANat64) {
    Order order;
    order.setup.config.ip = IpMode::v6_only;
    order.setup.config.nat64_prefix = IpAddress::parse("64:ff9b::");
    order.setup.origin.host = "192.0.2.1";
    order.known.records = {record(1, "cdn.example", {"h2"})};
    order.known.records[0].ipv4_hints = addresses({"192.0.2.2"});

    EXPECT_EQ(order.lines(),
              (Strings{"[64:ff9b::c000:202]:443 h2", "[64:ff9b::c000:201]:443 h2+h1"}));
}

TEST(EndpointOrder, TakesAddressesBehindANat64ForTheOtherFamily) {
    Order order;
    order.setup.config.nat64_prefix = IpAddress::parse("64:ff9b::");
    order.known.names = {
        {"example.com", addresses({"64:ff9b::c000:201", "64:ff9b::c000:202", "2001:db8::1"})}};

    EXPECT_EQ(order.lines(), (Strings{"[2001:db8::1]:443 h2+h1", "[64:ff9b::c000:201]:443 h2+h1",
                                      "[64:ff9b::c000:202]:443 h2+h1"}));
}

TEST(EndpointOrder, IgnoresHintsOfAFamilyThatIsOff) {
    Order order;
    order.setup.config.ip = IpMode::v4_only;
    order.known.records = {record(1, "cdn.example", {"h2"})};
    order.known.records[0].ipv4_hints = addresses({"192.0.2.2"});
    order.known.records[0].ipv6_hints = addresses({"2001:db8::1"});

    EXPECT_EQ(order.lines(), (Strings{"192.0.2.2:443 h2"}));
}

TEST(EndpointOrder, IgnoresIpv4HintsWhereThereIsIpv6Alone) {
    Order order;
    order.setup.config.ip = IpMode::v6_only;
    order.known.records = {record(1, "cdn.example", {"h2"})};
    order.known.records[0].ipv4_hints = addresses({"192.0.2.2"});
    order.known.records[0].ipv6_hints = addresses({"2001:db8::1"});

    EXPECT_EQ(order.lines(), (Strings{"[2001:db8::1]:443 h2"}));
}

TEST(EndpointOrder, TriesAnAddressThatIsAHintTooOnce) {
    Order order;
    order.known.records = {record(1, "cdn.example", {"h2"})};
    order.known.records[0].ipv4_hints = addresses({"192.0.2.1", "192.0.2.2"});
    order.known.names = {{"cdn.example", addresses({"192.0.2.1"})}};

    EXPECT_EQ(order.lines(), (Strings{"192.0.2.1:443 h2", "192.0.2.2:443 h2"}));
}

// A way around ECH would tell what it hides.
TEST(EndpointOrder, GoesNowhereElseWhereTheBestRecordHasEch) {
    Order order;
    order.known.records = {record(1, "example.com", {"h2"})};
    order.known.names = {{"example.com", addresses({"192.0.2.1"})}};
    order.setup.config.alt_services = {{HttpVersion::http3, "", std::nullopt}};
    order.known.records[0].ech = {1};

    EXPECT_EQ(order.lines(), (Strings{"192.0.2.1:443 h2 ech"}));
}

TEST(EndpointOrder, TriesAnAlternativeAtItsOwnHostAndPort) {
    Order order;
    order.setup.config.alt_services = {{HttpVersion::http2, "alt.example", std::uint16_t{8443}}};
    order.known.names = {{"alt.example", addresses({"192.0.2.7"})}};

    EXPECT_EQ(order.lines(), (Strings{"192.0.2.7:8443 h2"}));
}

TEST(EndpointOrder, LeavesOutAlternativesInEveryVersionThatIsOff) {
    for (const auto off : {HttpVersion::http1, HttpVersion::http2, HttpVersion::http3}) {
        Order order;
        const HttpVersions without = HttpVersions::only(off);
        order.setup.config.http_versions = {!without.http1, !without.http2, !without.http3};
        order.setup.config.alt_services = {{off, "alt.example", std::nullopt}};
        order.known.names = {{"alt.example", addresses({"192.0.2.7"})}};

        EXPECT_EQ(order.lines(), Strings{});
    }
}

// RFC 6147: behind a NAT64 an IPv4 address is reached by IPv6.
TEST(EndpointOrder, LeavesOutAlternativesThatAreAddressesOfTheOtherFamily) {
    const auto lines = [](const char* host, IpMode ip, bool nat64 = false) {
        Order order;
        order.setup.config.ip = ip;
        order.setup.config.alt_services = {{HttpVersion::http2, host, std::nullopt}};
        if (nat64) order.setup.config.nat64_prefix = IpAddress::parse("64:ff9b::").value();
        return order.lines();
    };

    EXPECT_EQ(lines("2001:db8::7", IpMode::v4_only), Strings{});
    EXPECT_EQ(lines("2001:db8::7", IpMode::v6_only), Strings{"[2001:db8::7]:443 h2"});
    EXPECT_EQ(lines("192.0.2.7", IpMode::v4_only), Strings{"192.0.2.7:443 h2"});
    EXPECT_EQ(lines("192.0.2.7", IpMode::v6_only), Strings{});
    EXPECT_EQ(lines("192.0.2.7", IpMode::v6_only, true), Strings{"[64:ff9b::c000:207]:443 h2"});
}

TEST(EndpointOrder, TriesHttp3UnannouncedWhereThereIsNothingElse) {
    Order order;
    order.known.names = {{"example.com", addresses({"192.0.2.1"})}};

    order.setup.config.http_versions = HttpVersions::only(HttpVersion::http3);
    EXPECT_EQ(order.lines(), (Strings{"192.0.2.1:443 h3"}));
    order.setup.config.http_versions = {.http1 = false, .http2 = true, .http3 = true};
    EXPECT_EQ(order.lines(), (Strings{"192.0.2.1:443 h2"}));
}

TEST(EndpointOrder, TriesHttp3UnannouncedForWebTransport) {
    Order order;
    order.setup.config.session = SessionKind::webtransport;
    order.setup.config.http_versions.http1 = false;
    order.known.names = {{"example.com", addresses({"192.0.2.1"})}};

    EXPECT_EQ(order.lines(), (Strings{"192.0.2.1:443 h3", "192.0.2.1:443 h2"}));
}

TEST(EndpointOrder, GoesToNamesWhereAnotherResolvesThem) {
    Order order;
    order.setup.config.resolution = Resolution::by_name_with_https;
    order.known.records = {record(1, "cdn.example", {"h2"})};
    order.known.records[0].ipv4_hints = addresses({"192.0.2.2"});

    EXPECT_EQ(order.lines(), (Strings{"cdn.example:443 h2", "example.com:443 h2+h1"}));
}

TEST(EndpointOrder, TakesLiteralsAsTheyAre) {
    Order order;
    order.setup.origin.host = "192.0.2.1";
    EXPECT_EQ(order.lines(), (Strings{"192.0.2.1:443 h2+h1"}));

    order.setup.origin.host = "2001:db8::1";
    order.setup.config.nat64_prefix = IpAddress::parse("64:ff9b::");
    EXPECT_EQ(order.lines(), (Strings{"[2001:db8::1]:443 h2+h1"}));
}

TEST(EndpointOrder, TriesWhatCannotBeReachedLast) {
    Order order;
    order.known.names = {{"example.com", addresses({"2001:db8::1", "192.0.2.1", "192.0.2.2"})}};
    order.routes = {{.address = IpAddress::parse("2001:db8::1").value()}};
    order.routes[0].reachable = false;

    EXPECT_EQ(order.lines(),
              (Strings{"192.0.2.1:443 h2+h1", "192.0.2.2:443 h2+h1", "[2001:db8::1]:443 h2+h1"}));
}

}  // namespace
