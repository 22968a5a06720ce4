// SPDX-License-Identifier: MIT
// Answers that change: a stale one first, then the fresh one.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/race_scenario.hpp>

#include <tautline/proto/eyeballs/dns_phase.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;

namespace {

using Lines = std::vector<std::string>;
using Records = std::vector<dns::ServiceRecord>;

/// The queries of "example.com": 1 for HTTPS, 2 for AAAA, 3 for A; stale answers are allowed.
struct Refreshing {
    explicit Refreshing(NetworkConfig config = {}) {
        config.allow_stale = true;
        setup = bounded({std::move(config), {.host = "example.com"}});
        dns.start({});
        lines();
    }

    Lines lines() {
        Lines lines;
        while (const auto output = dns.poll_output()) lines.push_back(to_string(*output));
        return lines;
    }
    /// Answers, and returns what that brings about.
    Lines stale(std::uint64_t id, const Answer& answer) {
        dns.handle_answer(QueryId(id), answer, Freshness::stale, {});
        return lines();
    }
    Lines fresh(std::uint64_t id, const Answer& answer) {
        dns.handle_answer(QueryId(id), answer, Freshness::fresh, {});
        return lines();
    }
    Lines names() const {
        Lines names;
        for (const ResolvedName& name : dns.resolved().names) names.push_back(name.name);
        return names;
    }

    RaceSetup setup;
    PredictableRandom random;
    DnsPhase dns{setup, random};
};

Records leading_to(const std::vector<std::string>& targets) {
    Records records;
    for (const std::string& target : targets) {
        const auto priority = static_cast<std::uint16_t>(records.size() + 1);
        records.push_back(record(priority, target, {"h2"}));
    }
    return records;
}

TEST(DnsPhaseRefresh, ForgetsTheTargetsOfARecordThatIsGone) {
    Refreshing phase;
    EXPECT_EQ(phase.stale(1, leading_to({"old.example"})),
              (Lines{"query 4 AAAA old.example (stale)", "query 5 A old.example (stale)",
                     "query 6 HTTPS example.com"}));
    phase.fresh(4, addresses({"2001:db8::1"}));

    EXPECT_EQ(phase.fresh(6, leading_to({"new.example"})),
              (Lines{"cancel query 5", "query 7 AAAA new.example (stale)",
                     "query 8 A new.example (stale)"}));
    EXPECT_EQ(phase.names(), (Lines{"example.com", "new.example"}));
}

TEST(DnsPhaseRefresh, KeepsWhatTheFreshRecordLeadsToAsWell) {
    Refreshing phase;
    phase.stale(1, leading_to({"one.example", "two.example"}));

    EXPECT_EQ(phase.fresh(8, leading_to({"two.example"})),
              (Lines{"cancel query 4", "cancel query 5"}));
    EXPECT_EQ(phase.names(), (Lines{"example.com", "two.example"}));
}

TEST(DnsPhaseRefresh, KeepsAlternativeServicesWhereverTheRecordsLead) {
    Refreshing phase({.alt_services = {{HttpVersion::http2, "alt.example", 1}}});
    phase.stale(1, leading_to({"old.example"}));

    phase.fresh(8, Records{});

    EXPECT_EQ(phase.names(), (Lines{"example.com", "alt.example"}));
}

TEST(DnsPhaseRefresh, ForgetsTheChainBehindAnAliasThatHasChanged) {
    Refreshing phase;
    phase.stale(1, Alias{"old.example"});
    phase.fresh(4, Alias{"older.example"});

    phase.fresh(7, Alias{"new.example"});

    EXPECT_EQ(phase.names(), (Lines{"example.com", "new.example"}));
    EXPECT_EQ(phase.dns.resolved().aliases, (Lines{"new.example"}));
}

TEST(DnsPhaseRefresh, AFailedRefreshOfAnAliasForbidsNothing) {
    Refreshing phase({.dns_protected = true});
    phase.stale(1, Alias{"pool.example"});

    phase.fresh(7, LookupFailed{});

    EXPECT_EQ(phase.dns.failures().size(), 1U);
    EXPECT_FALSE(phase.dns.forbidden());
}

// Each answer may change once, so a race may come to know twice `max_targets` names and no more.
TEST(DnsPhaseRefresh, ChangingAnswersBringUpABoundedNumberOfNames) {
    Refreshing phase({.max_targets = 4});
    phase.stale(1, leading_to({"a.example", "b.example", "c.example"}));
    EXPECT_EQ(phase.fresh(10, Alias{"d.example"}).back(), "query 13 A d.example (stale)");
    EXPECT_EQ(phase.stale(11, leading_to({"e.example", "f.example"})).back(),
              "query 18 HTTPS d.example");

    phase.fresh(18, leading_to({"g.example", "h.example"}));

    EXPECT_EQ(phase.names(), (Lines{"example.com", "d.example", "g.example"})) << "the eighth";
}

TEST(DnsPhaseRefresh, ChangingAnswersBringUpABoundedNumberOfAliases) {
    Refreshing phase({.max_alias_hops = 2});
    phase.stale(1, Alias{"a.example"});  // 4 to 6 for it, 7 again for the origin
    phase.stale(4, Alias{"b.example"});  // 8 to 10, and 11 again for a.example
    phase.fresh(11, Alias{"c.example"});
    EXPECT_EQ(phase.fresh(7, Alias{"d.example"}).back(), "query 17 A d.example (stale)");

    EXPECT_EQ(phase.fresh(15, Alias{"e.example"}),
              (Lines{"query 18 AAAA e.example (stale)", "query 19 A e.example (stale)"}))
        << "the fifth alias is a name like any other: its records are not asked for";
}

}  // namespace
