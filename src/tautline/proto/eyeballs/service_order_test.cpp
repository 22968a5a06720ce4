// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/service_order.hpp>

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;

namespace {

using Records = std::vector<dns::ServiceRecord>;

std::string order(Records records, const NetworkConfig& config = {}, std::uint64_t seed = 1) {
    PredictableRandom random(seed);
    std::string targets;
    for (const auto& record : order_services(std::move(records), config, random)) {
        targets += record.target;
    }
    return targets;
}

TEST(ServiceOrder, GoesByPriority) {
    EXPECT_EQ(order({record(3, "c", {"h2"}), record(1, "a", {"h2"}), record(2, "b", {"h2"})}),
              "abc");
}

TEST(ServiceOrder, ShufflesEqualPrioritiesWithTheGivenRandomness) {
    const Records records{record(2, "z", {"h2"}), record(1, "a", {"h2"}), record(1, "b", {"h2"}),
                          record(1, "c", {"h2"})};
    std::set<std::string> orders;
    for (std::uint64_t seed = 0; seed < 200; ++seed) orders.insert(order(records, {}, seed));

    EXPECT_EQ(orders, (std::set<std::string>{"abcz", "acbz", "bacz", "bcaz", "cabz", "cbaz"}));
    EXPECT_EQ(order(records, {}, 7), order(records, {}, 7));
}

TEST(ServiceOrder, DrawsNothingForASingleRecord) {
    PredictableRandom random;
    (void)order_services({record(1, "a", {"h2"})}, {}, random);
    EXPECT_EQ(random.fills, 0U);
}

TEST(ServiceOrder, LeavesOutWhatCannotBeUsed) {
    NetworkConfig config;
    config.http_versions = HttpVersions::only(HttpVersion::http2);

    EXPECT_EQ(order({record(1, "a", {"h3", "http/1.1"}), record(2, "b", {"h2"}), record(3, "c", {}),
                     record(4, ".", {"h2"}), record(5, "192.0.2.7", {"h2"}),
                     record(6, "2001:db8::1", {"h2"})},
                    config),
              "b");
}

TEST(ServiceOrder, LeavesOutRecordsWithoutEchBesideOneWithIt) {
    Records records{record(1, "a", {"h2"}), record(2, "b", {"h2"})};
    records[1].ech = {1};
    NetworkConfig config;

    EXPECT_EQ(order(records, config), "b");
    config.ech = false;
    EXPECT_EQ(order(records, config), "ab");
}

TEST(ServiceOrder, BoundsRecordsAndHints) {
    NetworkConfig config;
    config.max_records = 1;
    config.max_addresses = 1;
    Records records{record(1, "A.", {"h2"}), record(2, "b", {"h2"})};
    records[0].ipv4_hints = addresses({"192.0.2.1", "192.0.2.2"});
    records[0].ipv6_hints = addresses({"2001:db8::1"});
    PredictableRandom random;

    const Records ordered = order_services(records, config, random);

    ASSERT_EQ(ordered.size(), 1U);
    EXPECT_EQ(ordered[0].target, "a");
    EXPECT_EQ(ordered[0].ipv4_hints, addresses({"192.0.2.1"}));
    EXPECT_EQ(ordered[0].ipv6_hints, addresses({"2001:db8::1"}));
}

TEST(VersionsOf, TakesWhatBothName) {
    EXPECT_EQ(versions_of(record(1, "a", {"h3", "h2", "x"}), {true, true, false}),
              (HttpVersions{false, true, false}));
    EXPECT_EQ(versions_of(record(1, "a", {"http/1.1", "h3"}), {}),
              (HttpVersions{true, false, true}));
    EXPECT_EQ(versions_of(record(1, "a", {"http/1.1", "h2", "h3"}), {false, false, false}),
              (HttpVersions{false, false, false}));
}

}  // namespace
