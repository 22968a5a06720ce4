// SPDX-License-Identifier: MIT
// Small worlds, all of them: every order of everything that can happen, timers included, checked
// against the promises of `RaceWitness`. Equal states are visited once.
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/race_scenario.hpp>
#include <tests/support/race_walk.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;

namespace {

constexpr std::size_t kMostStates = 300'000;

class Exploration {
public:
    explicit Exploration(const RaceWorld& world) { visit(RaceWalk(world, random_)); }

    std::size_t states = 0;
    std::size_t successes = 0;
    std::size_t failures = 0;
    std::vector<std::string> broken;

private:
    void visit(RaceWalk walk) {
        if (!broken.empty() || !seen_.insert(walk.fingerprint()).second) return;
        ++states;
        if (states > kMostStates) broken.emplace_back("this world is not small");
        check(walk);
        if (walk.witness().ended) return finish(walk);
        const auto moves = walk.moves();
        check_abandoning(walk);
        for (const RaceMove& move : moves) {
            RaceWalk next = walk;
            next.make(move);
            next.forget_lines();
            path_.push_back(move);
            visit(std::move(next));
            path_.pop_back();
        }
    }

    void check(const RaceWalk& walk) {
        for (const std::string& promise : walk.witness().broken) {
            broken.push_back(promise + path());
        }
    }

    void check_abandoning(RaceWalk walk) {
        walk.abandon();
        if (!walk.witness().ended) broken.push_back("abandoned, but not ended" + path());
        check(walk);
    }

    // Whatever drivers still say: nobody answers.
    void finish(RaceWalk& walk) {
        ++(walk.witness().success ? successes : failures);
        for (std::uint64_t id = 1; id <= walk.witness().attempts.size(); ++id) {
            for (const auto kind : {RaceMove::Kind::connect, RaceMove::Kind::settings,
                                    RaceMove::Kind::session, RaceMove::Kind::fail}) {
                walk.make({kind, id, 0});
            }
        }
        check(walk);
    }

    [[nodiscard]] std::string path() const {
        std::string text = " after";
        for (const RaceMove& move : path_) {
            text += " " + std::to_string(static_cast<int>(move.kind)) + ":" +
                    std::to_string(move.id) + ":" + std::to_string(move.choice);
        }
        return text;
    }

    ConstantRandom random_;
    std::unordered_set<std::string> seen_;
    std::vector<RaceMove> path_;
};

void expect_kept(const RaceWorld& world) {
    const Exploration exploration(world);
    EXPECT_EQ(exploration.broken, std::vector<std::string>{});
    EXPECT_GT(exploration.successes, 0U);
    EXPECT_GT(exploration.failures, 0U);
    testing::Test::RecordProperty("states", static_cast<int>(exploration.states));
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
