// SPDX-License-Identifier: MIT
// The queries alone; the race_*_test.cpp tell whole scenarios.
#include <tautline/proto/eyeballs/dns_phase.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;

namespace {

using Lines = std::vector<std::string>;
using Records = std::vector<dns::ServiceRecord>;

constexpr Instant kStart{};

struct Phase {
    explicit Phase(NetworkConfig config = {}, std::string host = "example.com", bool secure = true)
        : setup(bounded({std::move(config), {.host = std::move(host), .secure = secure}})) {
        dns.start(kStart);
    }

    Lines lines() {
        Lines lines;
        while (const auto output = dns.poll_output()) lines.push_back(to_string(*output));
        return lines;
    }
    void answer(std::uint64_t id, const Answer& answer, Duration elapsed = 0ms,
                Freshness freshness = Freshness::fresh) {
        dns.handle_answer(QueryId(id), answer, freshness, kStart + elapsed);
    }

    RaceSetup setup;
    PredictableRandom random;
    DnsPhase dns{setup, random};
};

const Lines kFirstQueries{"query 1 HTTPS example.com", "query 2 AAAA example.com",
                          "query 3 A example.com"};

TEST(DnsPhase, AsksForAllTypesAtOnce) {
    Phase phase;

    EXPECT_EQ(phase.lines(), kFirstQueries);
    EXPECT_TRUE(phase.dns.pending());
    EXPECT_EQ(phase.dns.next_timeout(), kStart + 5s);
}

TEST(DnsPhase, HasNothingToAskForLiteralsAndByName) {
    NetworkConfig by_name;
    by_name.resolution = Resolution::by_name;
    for (Phase phase : {Phase({}, "192.0.2.1"), Phase({}, "[2001:db8::1]"), Phase(by_name)}) {
        EXPECT_EQ(phase.lines(), Lines{});
        EXPECT_FALSE(phase.dns.pending());
        EXPECT_TRUE(phase.dns.ready(kStart));
        EXPECT_EQ(phase.dns.next_timeout(), std::nullopt);
    }
}

TEST(DnsPhase, AsksForANameOnce) {
    NetworkConfig config;
    config.alt_services = {{HttpVersion::http2, "example.com", 1}, {HttpVersion::http2, "a.b", 1}};
    Phase phase(config);
    EXPECT_EQ(phase.lines().size(), 5U);

    phase.answer(1, Records{record(1, "a.b", {"h2"}), record(2, "example.com", {"h2"})});
    EXPECT_EQ(phase.lines(), Lines{});
}

TEST(DnsPhase, IsReadyOnlyWhenTheDelayIsOverOrAllThatMattersIsThere) {
    Phase phase;
    EXPECT_FALSE(phase.dns.ready(kStart + 1h));
    EXPECT_EQ(phase.dns.ready_at(), std::nullopt) << "no answer, no delay";

    phase.answer(3, addresses({"192.0.2.1"}), 10ms);
    EXPECT_FALSE(phase.dns.ready(kStart + 59ms));
    EXPECT_TRUE(phase.dns.ready(kStart + 60ms));
    EXPECT_EQ(phase.dns.ready_at(), kStart + 60ms);

    phase.answer(1, Records{}, 20ms);
    EXPECT_FALSE(phase.dns.ready(kStart + 20ms));
    phase.answer(2, addresses({}), 30ms);
    EXPECT_TRUE(phase.dns.ready(kStart + 30ms));
}

TEST(DnsPhase, TellsWhatIsKnown) {
    Phase phase;
    phase.answer(1, Alias{"Pool.example"});
    phase.answer(4, Records{record(1, "pool.example", {"h2"})});
    phase.answer(5, addresses({"2001:db8::1", "192.0.2.9"}));
    phase.answer(6, addresses({"192.0.2.1"}));

    const Resolved known = phase.dns.resolved();

    EXPECT_EQ(known.aliases, (Lines{"pool.example"}));
    EXPECT_EQ(known.records, (Records{record(1, "pool.example", {"h2"})}));
    ASSERT_EQ(known.names.size(), 2U);
    EXPECT_EQ(known.names[1].name, "pool.example");
    EXPECT_EQ(known.names[1].addresses, addresses({"2001:db8::1", "192.0.2.1"}));
}

TEST(DnsPhase, AnAliasToNowhereIsANegativeAnswer) {
    Phase phase;
    phase.lines();

    phase.answer(1, Alias{"."});

    EXPECT_EQ(phase.lines(), Lines{});
    EXPECT_TRUE(phase.dns.resolved().aliases.empty());
}

TEST(DnsPhase, CancelsWhatTimesOut) {
    Phase phase;
    phase.lines();
    phase.answer(2, addresses({}), 1s);

    phase.dns.handle_timeout(kStart + 5s);

    EXPECT_EQ(phase.lines(), (Lines{"cancel query 1", "cancel query 3"}));
    EXPECT_FALSE(phase.dns.pending());
    EXPECT_EQ(phase.dns.failures().size(), 2U);
    phase.dns.handle_timeout(kStart + 6s);
    EXPECT_EQ(phase.lines(), Lines{});
}

TEST(DnsPhase, CancelsWhatIsInFlightAtTheEnd) {
    Phase phase;
    phase.lines();
    phase.answer(2, addresses({}));

    phase.dns.cancel();

    EXPECT_EQ(phase.lines(), (Lines{"cancel query 1", "cancel query 3"}));
    EXPECT_EQ(phase.dns.next_timeout(), std::nullopt);
}

TEST(DnsPhase, RefreshesAStaleAnswerOnce) {
    NetworkConfig config;
    config.allow_stale = true;
    Phase phase(config);
    phase.lines();
    phase.answer(3, addresses({"192.0.2.1"}), 0ms, Freshness::stale);
    EXPECT_EQ(phase.lines(), (Lines{"query 4 A example.com"}));

    phase.answer(4, LookupFailed{}, 1ms, Freshness::stale);

    EXPECT_EQ(phase.lines(), Lines{});
    EXPECT_EQ(phase.dns.resolved().names.back().addresses, addresses({"192.0.2.1"}));
    EXPECT_EQ(phase.dns.failures().size(), 1U);
}

TEST(DnsPhase, ForbidsEverythingWhenAProtectedHttpsQueryFails) {
    NetworkConfig config;
    config.dns_protected = true;
    Phase phase(config);
    EXPECT_FALSE(phase.dns.forbidden());

    phase.answer(1, LookupFailed{});

    EXPECT_TRUE(phase.dns.forbidden());
    EXPECT_FALSE(phase.dns.ready(kStart + 1h));
    EXPECT_EQ(phase.dns.ready_at(), std::nullopt);
}

TEST(DnsPhase, ForbidsEverythingWhenProtectedAliasesLeadInACircleOrTooFar) {
    NetworkConfig config;
    config.dns_protected = true;
    config.max_alias_hops = 1;
    for (const auto* last : {"example.com", "one.example", "two.example"}) {
        Phase phase(config);
        phase.answer(1, Alias{"one.example"});
        EXPECT_FALSE(phase.dns.forbidden());

        phase.answer(4, Alias{last});

        EXPECT_TRUE(phase.dns.forbidden()) << last;
        EXPECT_FALSE(phase.dns.ready(kStart + 1h));
    }
}

TEST(DnsPhase, GoesOnWithoutProtectionWhereAliasesLeadInACircle) {
    Phase phase;
    phase.answer(1, Alias{"example.com"});

    EXPECT_FALSE(phase.dns.forbidden());
}

TEST(DnsPhase, ForbidsNothingWithoutEch) {
    NetworkConfig config;
    config.dns_protected = true;
    config.ech = false;
    Phase phase(config);

    phase.answer(1, LookupFailed{});

    EXPECT_FALSE(phase.dns.forbidden());
}

TEST(DnsPhase, HintsOfThePreferredFamilyAreAnAnswer) {
    auto service = record(1, "cdn.example", {"h2"});
    service.ipv4_hints = addresses({"192.0.2.1"});
    NetworkConfig config;
    Phase v6(config);
    config.ip = IpMode::prefer_v4;
    Phase v4(config);

    v6.answer(1, Records{service});
    v4.answer(1, Records{service});

    EXPECT_FALSE(v6.dns.ready(kStart));
    EXPECT_TRUE(v4.dns.ready(kStart));
}

TEST(DnsPhase, ATargetBeyondTheBoundIsNotWaitedFor) {
    NetworkConfig config;
    config.max_targets = 1;
    Phase phase(config);

    phase.answer(1, Records{record(1, "cdn.example", {"h2"})});

    EXPECT_TRUE(phase.dns.ready(kStart));
}

TEST(HttpsQueryName, NamesOtherPorts) {
    EXPECT_EQ(https_query_name({.host = "example.com"}), "example.com");
    EXPECT_EQ(https_query_name({.host = "example.com", .port = 80}), "_80._https.example.com");
}

TEST(DnsPhase, AsksForNoFamilyThatIsOff) {
    EXPECT_EQ(Phase({.ip = IpMode::v6_only}).lines(),
              (Lines{"query 1 HTTPS example.com", "query 2 AAAA example.com"}));
    EXPECT_EQ(Phase({.ip = IpMode::v4_only}).lines(),
              (Lines{"query 1 HTTPS example.com", "query 2 A example.com"}));
}

TEST(DnsPhase, AsksForIpv4BehindANat64AndSynthesises) {
    Phase phase({.ip = IpMode::v6_only, .nat64_prefix = IpAddress::parse("64:ff9b::")});
    EXPECT_EQ(phase.lines(), kFirstQueries);

    phase.answer(3, addresses({"192.0.2.1"}));

    EXPECT_EQ(phase.dns.resolved().names.at(0).addresses, addresses({"64:ff9b::c000:201"}));
}

TEST(DnsPhase, AsksForNoRecordsWithoutTlsOrWhereThatIsOff) {
    const Lines families{"query 1 AAAA example.com", "query 2 A example.com"};

    EXPECT_EQ(Phase({}, "example.com", false).lines(), families);
    EXPECT_EQ(Phase({.query_https = false}).lines(), families);
}

TEST(DnsPhase, AsksForTheHostOfAnAlternativeThatHasOne) {
    Phase phase({.alt_services = {{HttpVersion::http2, "", 8443}, {HttpVersion::http2, "a.b", 1}}});

    EXPECT_EQ(phase.lines(), (Lines{"query 1 HTTPS example.com", "query 2 AAAA example.com",
                                    "query 3 A example.com", "query 4 AAAA a.b", "query 5 A a.b"}));
}

TEST(DnsPhase, AsksForRecordsAloneWhereAnotherResolvesTheNames) {
    Phase phase({.resolution = Resolution::by_name_with_https});
    EXPECT_EQ(phase.lines(), (Lines{"query 1 HTTPS example.com"}));

    phase.answer(1, Alias{"pool.example"});

    EXPECT_EQ(phase.lines(), (Lines{"query 2 HTTPS pool.example"}));
    EXPECT_FALSE(phase.dns.ready(kStart + 1h)) << "there is nothing else to wait for";
    phase.answer(2, Records{}, 1s);
    EXPECT_TRUE(phase.dns.ready(kStart + 1s));
}

TEST(DnsPhase, IgnoresAnswersThatNobodyWaitsFor) {
    Phase phase;
    phase.answer(3, addresses({"192.0.2.1"}));
    phase.lines();

    phase.answer(3, addresses({"192.0.2.2"}));
    phase.answer(99, addresses({"192.0.2.3"}));

    EXPECT_EQ(phase.lines(), Lines{});
    EXPECT_EQ(phase.dns.resolved().names.at(0).addresses, addresses({"192.0.2.1"}));
}

TEST(DnsPhase, TakesAnAnswerOfAnotherTypeForANegativeOne) {
    Phase phase;
    phase.lines();

    phase.answer(1, addresses({"192.0.2.1"}));
    phase.answer(2, Records{record(1, "cdn.example", {"h2"})});
    phase.answer(3, Alias{"pool.example"});

    const Resolved known = phase.dns.resolved();
    EXPECT_EQ(phase.lines(), Lines{});
    EXPECT_TRUE(known.records.empty() && known.aliases.empty());
    EXPECT_TRUE(known.names.at(0).addresses.empty());
    EXPECT_FALSE(phase.dns.pending());
}

TEST(DnsPhase, HoldsAddressesAndRecordsToTheirBounds) {
    Phase phase({.max_records = 1, .max_addresses = 2});
    phase.answer(1, Records{record(1, "example.com", {"h2"}), record(2, "example.com", {"h3"})});
    phase.answer(3, addresses({"192.0.2.1", "192.0.2.2", "192.0.2.3"}));

    const Resolved known = phase.dns.resolved();

    EXPECT_EQ(known.names.at(0).addresses, addresses({"192.0.2.1", "192.0.2.2"}));
    EXPECT_EQ(known.records.size(), 1U);
}

// RFC 9460 section 3.
TEST(DnsPhase, FollowsAliasesUpToTheBound) {
    Phase phase({.max_alias_hops = 1});
    phase.lines();

    phase.answer(1, Alias{"one.example"});
    EXPECT_EQ(phase.lines().size(), 3U);
    phase.answer(4, Alias{"two.example"});

    EXPECT_EQ(phase.lines(), Lines{});
}

TEST(DnsPhase, DoesNotGoInCircles) {
    Phase phase;
    phase.lines();
    phase.answer(1, Alias{"one.example"});
    phase.lines();

    phase.answer(4, Alias{"example.com"});

    EXPECT_EQ(phase.lines(), Lines{});
}

TEST(DnsPhase, EachQueryHasItsOwnDeadline) {
    Phase phase;
    phase.lines();
    phase.answer(1, Alias{"pool.example"}, 1s);
    phase.answer(2, addresses({"2001:db8::1"}), 1s, Freshness::stale);
    phase.lines();
    EXPECT_EQ(phase.dns.next_timeout(), kStart + 5s);

    phase.dns.handle_timeout(kStart + 5s);

    EXPECT_EQ(phase.lines(), (Lines{"cancel query 3"}));
    EXPECT_EQ(phase.dns.next_timeout(), kStart + 6s);
}

TEST(DnsPhase, WaitsForTheAddressesOfAnAlias) {
    Phase phase;
    phase.answer(2, addresses({"2001:db8::1"}));
    phase.answer(3, addresses({"192.0.2.1"}));
    phase.answer(1, Alias{"pool.example"});
    phase.answer(4, Records{});
    EXPECT_FALSE(phase.dns.ready(kStart));

    phase.answer(5, addresses({"2001:db8::2"}));

    EXPECT_TRUE(phase.dns.ready(kStart));
}

TEST(DnsPhase, WaitsForTheOtherFamilyWhereThePreferredOneIsEmpty) {
    Phase phase({.alt_services = {{HttpVersion::http2, "alt.example", 1}}});
    phase.answer(1, Records{});
    phase.answer(2, addresses({}));
    EXPECT_FALSE(phase.dns.ready(kStart));

    phase.answer(3, addresses({"192.0.2.1"}));

    EXPECT_TRUE(phase.dns.pending());
    EXPECT_TRUE(phase.dns.ready(kStart));
}

TEST(DnsPhase, GoesAheadWithTheOtherFamilyWhereNobodyIsWaitedFor) {
    Phase phase({.wait_for_preferred_family = false});
    phase.answer(1, Records{});

    EXPECT_TRUE(phase.dns.ready(kStart));
}

TEST(DnsPhase, WaitsForProtectedRecordsWhateverTheDelay) {
    Phase phase({.dns_protected = true});
    phase.answer(2, addresses({"2001:db8::1"}));
    EXPECT_FALSE(phase.dns.ready(kStart + 1h));
    EXPECT_EQ(phase.dns.ready_at(), std::nullopt);

    phase.answer(1, Records{record(1, "example.com", {"h2"})}, 1s);

    EXPECT_TRUE(phase.dns.ready(kStart + 1s));
}

TEST(DnsPhase, AFailedRefreshForbidsNothing) {
    Phase phase({.dns_protected = true, .allow_stale = true});
    phase.answer(1, Records{record(1, "example.com", {"h2"})}, 0ms, Freshness::stale);

    phase.answer(4, LookupFailed{});

    EXPECT_EQ(phase.dns.failures().size(), 1U);
    EXPECT_FALSE(phase.dns.forbidden());
}

std::vector<std::string> absolute_names(Phase& phase) {
    std::vector<std::string> names;
    while (const auto output = phase.dns.poll_output()) {
        const auto* query = std::get_if<SendQuery>(&*output);
        if (query != nullptr && query->absolute) names.push_back(query->name);
    }
    return names;
}

// Another name may be meant by the one that we were given, and by no other.
TEST(DnsPhase, TakesNamesThatItWasToldForWholeOnes) {
    NetworkConfig config;
    config.alt_services = {{HttpVersion::http2, "alt", 1}};
    Phase phase(config, "host");
    EXPECT_EQ(absolute_names(phase), (Lines{"alt", "alt"}));

    phase.answer(1, Records{record(1, "target", {"h2"})});
    EXPECT_EQ(absolute_names(phase), (Lines{"target", "target"}));
}

TEST(DnsPhase, TakesAliasesForWholeNames) {
    Phase phase({}, "host");
    EXPECT_EQ(absolute_names(phase), Lines{});

    phase.answer(1, Alias{"alias"});
    EXPECT_EQ(absolute_names(phase), (Lines{"alias", "alias", "alias"}));
}

TEST(DnsPhase, TakesANameWithAFinalDotForAWholeOne) {
    Phase phase({}, "host.");

    EXPECT_EQ(absolute_names(phase), (Lines{"host", "host", "host"}));
}

TEST(DnsPhase, CountsWhatIsInFlightAsFailedWhenItIsGivenUp) {
    Phase phase;
    phase.answer(3, addresses({"192.0.2.1"}));
    phase.lines();

    phase.dns.give_up();

    EXPECT_EQ(phase.lines(), (Lines{"cancel query 1", "cancel query 2"}));
    ASSERT_EQ(phase.dns.failures().size(), 2U);
    EXPECT_EQ(phase.dns.failures()[1].type, RecordType::aaaa);
    EXPECT_FALSE(phase.dns.pending());
}

}  // namespace
