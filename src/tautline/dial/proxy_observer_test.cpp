// SPDX-License-Identifier: MIT
#include <tautline/dial/proxy_observer.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::dial {
namespace {

using eyeballs::AttemptId;
using eyeballs::QueryId;
using Lines = std::vector<std::string>;

struct Notes final : observe::Observer {
    void observe(const observe::Event& event, observe::Stamp) override {
        if (const auto* answered = std::get_if<observe::QueryAnswered>(&event)) {
            lines.push_back("answer " + std::to_string(answered->query.id.value()));
        } else if (const auto* step = std::get_if<observe::RaceStep>(&event)) {
            note(step->output);
        } else if (const auto* connect = std::get_if<observe::ConnectStarted>(&event)) {
            lines.push_back("connect " + std::to_string(connect->attempt.value()));
        } else {
            lines.emplace_back("another");
        }
    }
    void note(const eyeballs::Output& output) {
        lines.push_back(eyeballs::to_string(output));
        const auto* failed = std::get_if<eyeballs::Failed>(&output);
        if (failed == nullptr) return;
        for (const auto& report : failed->attempts) {
            lines.push_back("of " + std::to_string(report.id.value()));
        }
    }
    Lines lines;
};

// What an observer hears of the race to the proxy of attempt 3.
Lines heard(const observe::Event& event) {
    const auto notes = std::make_shared<Notes>();
    observer_for_proxy(notes, AttemptId(3))->observe(event, {});
    return notes->lines;
}

TEST(ProxyObserver, GivesQueriesNumbersOfTheirOwn) {
    const eyeballs::SendQuery query{QueryId(2), "proxy.test", eyeballs::RecordType::a, false};
    const eyeballs::Answer answer;
    const eyeballs::Output step = query;

    EXPECT_EQ(heard(observe::RaceStep{step}), Lines{"query 3002 A proxy.test"});
    EXPECT_EQ(heard(observe::QueryAnswered{query, answer}), Lines{"answer 3002"});
}

TEST(ProxyObserver, GivesAttemptsNumbersOfTheirOwn) {
    const eyeballs::Output cancel = eyeballs::CancelAttempt{AttemptId(1)};
    const eyeballs::AttemptReport report{.id = AttemptId(1),
                                         .endpoint = {.target = eyeballs::NamedEndpoint{}}};
    const eyeballs::Output failed =
        eyeballs::Failed{eyeballs::FailureReason::connection, {report}, {}};

    EXPECT_EQ(heard(observe::ConnectStarted{"[::1]:80", AttemptId(1)}), Lines{"connect 3001"});
    EXPECT_EQ(heard(observe::RaceStep{cancel}), Lines{"cancel 3001"});
    EXPECT_EQ(heard(observe::RaceStep{failed}), (Lines{"failed: connection", "of 3001"}));
}

TEST(ProxyObserver, PassesOnWhatHasNoNumber) {
    const eyeballs::Output remember = eyeballs::RememberHttp1Only{};

    EXPECT_EQ(heard(observe::RaceStep{remember}), Lines{"remember h1 only"});
    EXPECT_EQ(heard(observe::CallStarted{"ws://x"}), Lines{"another"});
}

TEST(ProxyObserver, PassesOnWhoseItIsAndWhenItWas) {
    struct Witness final : observe::Observer {
        void observe(const observe::Event&, observe::Stamp stamp) override { last = stamp; }
        observe::Stamp last;
    };
    const auto witness = std::make_shared<Witness>();
    const observe::Stamp stamp{observe::CallId(7), Instant(Duration(5))};

    observer_for_proxy(witness, AttemptId(3))->observe(observe::CallStarted{"ws://x"}, stamp);

    EXPECT_EQ(witness->last.call, stamp.call);
    EXPECT_EQ(witness->last.now, stamp.now);
}

TEST(ProxyObserver, IsNothingWhereNobodyListens) {
    EXPECT_EQ(observer_for_proxy(nullptr, AttemptId(1)), nullptr);
}

}  // namespace
}  // namespace tautline::dial
