// SPDX-License-Identifier: MIT
// Small worlds, all of them: every order of everything that can happen, timers included, checked
// against the promises of `RaceWitness`. `race_product_test.cpp` has larger ones.
#include <tests/support/race_exploration.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;

namespace {

// Builds that are not optimised take the short way alone.
#ifdef NDEBUG
constexpr std::size_t kMostWhole = 60'000;
#else
constexpr std::size_t kMostWhole = 500;
#endif

// Walks with the reduction, and without it as far as is affordable. That proves it: states that
// would have been one must go on alike.
void expect_kept(const RaceWorld& world) {
    const RaceExploration reduced(world, {});
    EXPECT_EQ(reduced.broken, std::vector<std::string>{}) << "with the reduction";
    EXPECT_GT(reduced.successes, 0U);
    EXPECT_GT(reduced.failures, 0U);
    const RaceExploration whole(
        world,
        {.likeness = Likeness::same, .most_states = kMostWhole, .cut = true, .compare = true});
    EXPECT_EQ(whole.broken, std::vector<std::string>{}) << "without the reduction";
    EXPECT_TRUE(whole.states > kMostWhole || whole.kinds == reduced.states);
    testing::Test::RecordProperty("states", std::to_string(reduced.states));
    testing::Test::RecordProperty("whole", std::to_string(whole.states));
}

RaceSetup setup(SessionKind session, HttpVersions versions = {}) {
    RaceSetup setup{.config = {}, .origin = {.host = "example.com"}};
    setup.config.session = session;
    setup.config.http_versions = versions;
    return setup;
}

std::vector<Answer> some_or_none(std::initializer_list<std::string_view> texts) {
    return {addresses(texts), std::vector<IpAddress>{}};
}

TEST(RaceExploration, ConnectionsToThreeAddresses) {
    const RaceWorld world{setup(SessionKind::none), [](const RaceWitness::Query& query) {
                              std::vector<Answer> none{LookupFailed{}};
                              if (query.type == RecordType::https) return none;
                              if (query.type == RecordType::a) return some_or_none({"192.0.2.1"});
                              return some_or_none({"2001:db8::1", "2001:db8::2"});
                          }};

    expect_kept(world);
}

TEST(RaceExploration, AWebSocketToTwoAddresses) {
    RaceSetup two = setup(SessionKind::websocket);
    two.config.query_https = false;
    RaceWorld world{two, [](const RaceWitness::Query& query) {
                        if (query.type == RecordType::a) return some_or_none({"192.0.2.1"});
                        return some_or_none({"2001:db8::1"});
                    }};
    world.no_streams = true;

    expect_kept(world);
}

TEST(RaceExploration, AWebSocketOverHttp1ToThreeAddressesWithRejectionsThatTryOn) {
    RaceSetup three = setup(SessionKind::websocket, HttpVersions::only(HttpVersion::http1));
    three.config.query_https = false;
    three.config.after_rejection = AfterRejection::try_next;
    const RaceWorld world{three, [](const RaceWitness::Query& query) {
                              if (query.type == RecordType::a) return some_or_none({"192.0.2.1"});
                              return some_or_none({"2001:db8::1", "2001:db8::2"});
                          }};

    expect_kept(world);
}

TEST(RaceExploration, TwoProtocolsToOneAddress) {
    RaceSetup both = setup(SessionKind::websocket);
    both.config.ip = IpMode::v4_only;
    const RaceWorld world{both, [](const RaceWitness::Query& query) {
                              if (query.type == RecordType::a) return some_or_none({"192.0.2.1"});
                              const auto service =
                                  record(1, "example.com", {"h3", "h2", "http/1.1"});
                              return std::vector<Answer>{std::vector{service}, LookupFailed{}};
                          }};

    expect_kept(world);
}

TEST(RaceExploration, TwoProtocolsToOneAddressWithPatience) {
    RaceSetup both = setup(SessionKind::websocket);
    both.config.ip = IpMode::v4_only;
    RaceWorld world{both, [](const RaceWitness::Query& query) {
                        if (query.type == RecordType::a) {
                            return std::vector<Answer>{addresses({"192.0.2.1"})};
                        }
                        const auto service = record(1, "example.com", {"h3", "h2", "http/1.1"});
                        return std::vector<Answer>{std::vector{service}};
                    }};
    world.patient_until = Instant(std::chrono::seconds(9));

    expect_kept(world);
}

TEST(RaceExploration, TwoRecordsWithTargetsAndTwoProtocols) {
    RaceSetup two = setup(SessionKind::none);
    two.config.ip = IpMode::v6_only;
    const RaceWorld world{two, [](const RaceWitness::Query& query) {
                              if (query.type == RecordType::https) {
                                  return std::vector<Answer>{
                                      std::vector{record(1, "a.example", {"h3", "h2"}),
                                                  record(2, "b.example", {"http/1.1"})},
                                      Alias{"a.example"}};
                              }
                              if (query.name == "a.example") return some_or_none({"2001:db8::a"});
                              if (query.name == "b.example") return some_or_none({"2001:db8::b"});
                              return some_or_none({"2001:db8::1"});
                          }};

    expect_kept(world);
}

TEST(RaceExploration, WebTransportOverTwoProtocols) {
    RaceSetup both = setup(SessionKind::webtransport);
    both.config.query_https = false;
    both.config.ip = IpMode::v6_only;
    const RaceWorld world{both,
                          [](const RaceWitness::Query&) { return some_or_none({"2001:db8::1"}); }};

    expect_kept(world);
}

TEST(RaceExploration, AWebSocketToTwoAddressesWithFallbacksAndRejections) {
    RaceSetup two = setup(SessionKind::websocket);
    two.config.query_https = false;
    two.config.after_rejection = AfterRejection::try_next;
    two.config.ip = IpMode::v4_only;
    const RaceWorld world{
        two, [](const RaceWitness::Query&) { return some_or_none({"192.0.2.1", "192.0.2.2"}); }};

    expect_kept(world);
}

TEST(RaceExploration, AWebSocketOverTwoRecordsOfEqualPriorityAndTwoProtocols) {
    RaceSetup two = setup(SessionKind::websocket);
    two.config.ip = IpMode::v6_only;
    const RaceWorld world{
        two, [](const RaceWitness::Query& query) {
            if (query.type == RecordType::https) {
                return std::vector<Answer>{std::vector{record(1, "example.com", {"h3"}),
                                                       record(1, "example.com", {"http/1.1"})}};
            }
            return some_or_none({"2001:db8::1"});
        }};

    expect_kept(world);
}

// What a question may bring, one line each.
using Told = std::vector<Answer>;
using Records = std::vector<dns::ServiceRecord>;

TEST(RaceExploration, AStaleAliasThatIsReplaced) {
    RaceSetup stale = setup(SessionKind::none);
    stale.config.ip = IpMode::v6_only;
    stale.config.allow_stale = true;
    RaceWorld world{stale, [](const RaceWitness::Query& query) {
                        const bool old = query.name == "old.example";
                        if (query.type == RecordType::aaaa) {
                            return Told{addresses({old ? "2001:db8::2" : "2001:db8::1"})};
                        }
                        if (old) return Told{Records{record(1, "old.example", {"h3"})}};
                        return Told{Alias{"old.example"}, Records{}};
                    }};
    world.stale = {RecordType::https};

    expect_kept(world);
}

TEST(RaceExploration, AddressesThatVanishAndComeWhileAttemptsRun) {
    RaceSetup stale = setup(SessionKind::none);
    stale.config.ip = IpMode::v4_only;
    stale.config.query_https = false;
    stale.config.allow_stale = true;
    RaceWorld world{stale, [](const RaceWitness::Query&) {
                        return Told{addresses({"192.0.2.1", "192.0.2.2"}),
                                    addresses({"192.0.2.2", "192.0.2.3"}), addresses({})};
                    }};
    world.stale = {RecordType::a};
    world.progress = true;

    expect_kept(world);
}

TEST(RaceExploration, RecordsWithAndWithoutEchThatChange) {
    RaceSetup secret = setup(SessionKind::none);
    secret.config.ip = IpMode::v6_only;
    secret.config.allow_stale = true;
    RaceWorld world{secret, [](const RaceWitness::Query& query) {
                        if (query.type == RecordType::aaaa) return some_or_none({"2001:db8::1"});
                        auto hidden = record(2, "example.com", {"h2", "h3"});
                        hidden.ech = {7};
                        const auto clear = record(1, "example.com", {"h2"});
                        return Told{Records{clear, hidden}, Records{clear}};
                    }};
    world.stale = {RecordType::https};

    expect_kept(world);
}

TEST(RaceExploration, HintsThatAreAddressesTooBehindAnotherPort) {
    RaceSetup other = setup(SessionKind::websocket);
    other.origin.port = 8443;
    other.config.ip = IpMode::v4_only;
    const RaceWorld world{other, [](const RaceWitness::Query& query) {
                              if (query.type == RecordType::a) return some_or_none({"192.0.2.1"});
                              auto service = record(1, "example.com", {"h2", "http/1.1"});
                              service.ipv4_hints = addresses({"192.0.2.1", "192.0.2.2"});
                              return Told{Records{service}, LookupFailed{}};
                          }};

    expect_kept(world);
}

TEST(RaceExploration, ProtectedAnswersThatAreReliedOn) {
    RaceSetup relied = setup(SessionKind::none);
    relied.config.dns_protected = true;
    relied.config.ip = IpMode::v6_only;
    relied.config.allow_stale = true;
    RaceWorld world{relied, [](const RaceWitness::Query& query) {
                        if (query.type == RecordType::aaaa) return some_or_none({"2001:db8::1"});
                        auto hidden = record(1, "example.com", {"h2"});
                        hidden.ech = {7};
                        return Told{Records{hidden}, Alias{"pool.example"}, LookupFailed{}};
                    }};
    world.stale = {RecordType::https};

    expect_kept(world);
}

}  // namespace
