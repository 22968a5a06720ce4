// SPDX-License-Identifier: MIT
// The whole product: three addresses, two records, two protocols, for each kind of session; every
// order of everything that can happen. `race_exploration_test.cpp` has worlds with more kinds of
// facts and fewer addresses.
//
// To stay affordable:
// - States that are alike are visited once (`RaceFingerprint`); the tests at the end prove on
// smaller
//   worlds, walked without that, that such states go on alike.
// - The phases of a session time out after twice the delay between attempts, so that moments fall
// on
//   few points. Each attempt still times out before, after and together with each other one, by
//   when it entered its phase. Usual timeouts are explored in the smaller worlds.
// - For WebSocket the settings without a flag for WebTransport are those with it.
// - Sessions that were not processed double the attempts. They have worlds of their own, with two
//   addresses, in which other results than success and failure do not come. TAUTLINE_EXPLORE=long
//   explores three (`scripts/explore`).
// - Builds that are not optimised stop early: what they look for is not an order.
#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/race_exploration.hpp>
#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;

namespace {

using Told = std::vector<Answer>;
using Records = std::vector<dns::ServiceRecord>;

// Of the kinds of settings and results of `RaceWalk`.
constexpr std::size_t kNoExtendedConnect = 0;
constexpr std::size_t kNoWebTransport = 1;
constexpr std::size_t kAllSettings = 2;
constexpr auto kEstablished = static_cast<std::size_t>(SessionResult::established);
constexpr auto kRejected = static_cast<std::size_t>(SessionResult::rejected);
constexpr auto kNotSupported = static_cast<std::size_t>(SessionResult::not_supported);
constexpr auto kFailed = static_cast<std::size_t>(SessionResult::failed);
constexpr auto kNotProcessed = static_cast<std::size_t>(SessionResult::not_processed);

#ifdef NDEBUG
constexpr bool kOptimised = true;
#else
constexpr bool kOptimised = false;
#endif
constexpr std::size_t kMostStates = 1'000'000;
constexpr std::size_t kMostUnoptimised = 2'000;
constexpr std::size_t kMostLong = 100'000'000;

bool is_long() {
    const char* wanted = std::getenv("TAUTLINE_EXPLORE");
    return wanted != nullptr && std::string_view(wanted) == "long";
}

// Each family, each record or neither: six endpoints, one by one or in any mixture.
Told records_apart(const RaceWitness::Query& query) {
    if (query.type == RecordType::https) {
        return {
            Records{record(1, "example.com", {"h3"}), record(2, "example.com", {"h2", "http/1.1"})},
            LookupFailed{}};
    }
    const bool v6 = query.type == RecordType::aaaa;
    return {v6 ? addresses({"2001:db8::1", "2001:db8::2"}) : addresses({"192.0.2.1"}),
            std::vector<IpAddress>{}};
}

// Each record at each address over each protocol: twelve endpoints.
Told records_at_two_ports(const RaceWitness::Query& query) {
    if (query.type != RecordType::https) return records_apart(query);
    auto first = record(1, "example.com", {"h3", "h2", "http/1.1"});
    auto second = record(2, "example.com", {"h3", "h2", "http/1.1"});
    second.port = 8443;
    return {Records{first, second}, LookupFailed{}};
}

// Records that lead to addresses of their own.
Told records_with_targets(const RaceWitness::Query& query) {
    if (query.type == RecordType::https) {
        return {Records{record(1, "a.example", {"h3", "h2", "http/1.1"}),
                        record(2, "example.com", {"h3", "h2", "http/1.1"})},
                LookupFailed{}};
    }
    const bool far = query.name == "a.example";
    if (query.type == RecordType::a) return {far ? addresses({}) : addresses({"192.0.2.1"})};
    return {addresses({far ? "2001:db8::a" : "2001:db8::1"}), std::vector<IpAddress>{}};
}

// Two addresses only.
Told records_of_two_hosts(const RaceWitness::Query& query) {
    if (query.type != RecordType::aaaa) return records_apart(query);
    return {addresses({"2001:db8::1"}), std::vector<IpAddress>{}};
}

// All phases have one timeout, in delays between attempts.
RaceWorld world(SessionKind session, Told (*answers)(const RaceWitness::Query&), int delays = 2) {
    RaceWorld world{{.config = {}, .origin = {.host = "example.com"}}, answers};
    NetworkConfig& config = world.setup.config;
    config.session = session;
    config.after_rejection = AfterRejection::try_next;
    config.transport_timeout = delays * config.attempt_delay;
    config.settings_timeout = config.transport_timeout;
    config.session_timeout = config.transport_timeout;
    world.results = {kEstablished, kRejected, kNotSupported, kFailed};
    world.settings = {kNoExtendedConnect, kAllSettings};
    return world;
}

RaceWorld with_retries(RaceWorld world) {
    world.results = {kEstablished, kFailed, kNotProcessed};
    world.settings = {kAllSettings};
    return world;
}

void expect_kept(const RaceWorld& world) {
    RaceExploration::Options options{.most_states = is_long() ? kMostLong : kMostStates};
    if (!kOptimised) options = {.most_states = kMostUnoptimised, .cut = true};
    const RaceExploration exploration(world, options);
    EXPECT_EQ(exploration.broken, std::vector<std::string>{});
    EXPECT_GT(exploration.successes, 0U);
    EXPECT_GT(exploration.failures, 0U);
    testing::Test::RecordProperty("states", std::to_string(exploration.states));
    testing::Test::RecordProperty("steps", std::to_string(exploration.steps));
}

TEST(RaceProduct, ConnectionsToEachRecordAtEachAddressOverEachProtocol) {
    expect_kept(world(SessionKind::none, records_at_two_ports, 28));
}

TEST(RaceProduct, ConnectionsToRecordsWithTargets) {
    expect_kept(world(SessionKind::none, records_with_targets, 28));
}

TEST(RaceProduct, WebSockets) {
    RaceWorld product = world(SessionKind::websocket, records_apart);
    product.no_streams = true;

    expect_kept(product);
}

TEST(RaceProduct, WebTransports) {
    RaceWorld product = world(SessionKind::webtransport, records_apart);
    product.settings = {kNoExtendedConnect, kNoWebTransport, kAllSettings};

    expect_kept(product);
}

TEST(RaceProduct, WebSocketsThatAreNotProcessed) {
    expect_kept(with_retries(
        world(SessionKind::websocket, is_long() ? records_apart : records_of_two_hosts)));
}

TEST(RaceProduct, WebTransportsThatAreNotProcessed) {
    expect_kept(with_retries(
        world(SessionKind::webtransport, is_long() ? records_apart : records_of_two_hosts)));
}

// Walks without the reduction, and asks of each pair of states that it would have made one whether
// they go on alike: the same moves are answered with the same words, and lead to alike states.
void expect_alike(const RaceWorld& world, std::size_t most_states = 100'000) {
    if (!kOptimised) most_states = kMostUnoptimised;
    const RaceExploration whole(world, {.likeness = Likeness::same,
                                        .most_states = most_states,
                                        .cut = !kOptimised,
                                        .compare = true});
    EXPECT_EQ(whole.broken, std::vector<std::string>{});
    testing::Test::RecordProperty("states", std::to_string(whole.states));
    if (!kOptimised) return;
    const RaceExploration reduced(world, {});
    EXPECT_EQ(reduced.states, whole.kinds);
    EXPECT_LT(reduced.states * 2, whole.states);
}

TEST(RaceLikeness, OfConnections) {
    expect_alike(world(SessionKind::none, records_apart, 28));
    expect_alike(world(SessionKind::none, records_with_targets));
}

TEST(RaceLikeness, OfWebSocketsToTwoHosts) {
    RaceWorld two = world(SessionKind::websocket, records_of_two_hosts);
    two.setup.config.query_https = false;
    two.no_streams = true;

    expect_alike(two);
}

TEST(RaceLikeness, OfWebSocketsToOneHostWithUsualTimeouts) {
    RaceWorld one = world(SessionKind::websocket, records_apart, 28);
    one.setup.config.ip = IpMode::v4_only;
    one.no_streams = true;
    one.results.push_back(kNotProcessed);

    expect_alike(one);
}

TEST(RaceLikeness, OfWebTransportsToTwoHosts) {
    expect_alike(world(SessionKind::webtransport, records_of_two_hosts));
}

TEST(RaceLikeness, OfWebTransportsThatAreNotProcessed) {
    RaceWorld one = with_retries(world(SessionKind::webtransport, records_apart, 28));
    one.setup.config.ip = IpMode::v4_only;

    expect_alike(one);
}

}  // namespace
