// SPDX-License-Identifier: MIT
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/racing.hpp>

#include <tautline/dial/race.hpp>

// Races over sockets with answers of name servers that are stale, late or never there.

namespace tautline::dial {
namespace {

using eyeballs::Freshness;
using eyeballs::RecordType;
using test::host;
using test::kGood;
using test::Racing;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

// Answers as the test says, to those who take stale ones and to the others; else nobody answers.
struct Answering final : resolve::Resolver {
    std::unique_ptr<Operation> ask(io::Loop& loop, const eyeballs::SendQuery& query,
                                   resolve::OnAnswer done) override {
        questions.push_back(std::string(eyeballs::name_for(query.type)) +
                            (query.allow_stale ? " stale" : ""));
        const auto& answers = query.allow_stale ? stale : fresh;
        const auto answer = answers.find(query.type);
        if (answer == answers.end()) return std::make_unique<Silent>();
        return resolve::answer_later(loop, answer->second,
                                     query.allow_stale ? Freshness::stale : Freshness::fresh, {},
                                     std::move(done));
    }
    struct Silent final : io::Operation {};

    std::map<RecordType, std::vector<IpAddress>> stale;
    std::map<RecordType, std::vector<IpAddress>> fresh;
    std::vector<std::string> questions;
};

struct RaceAnswers : testing::Test {
    void begin() {
        auto setup = racing.setup({}, "/", "ws");
        setup.resolver = &answering;
        racing.operation = race(racing.loop, std::move(setup), [this](auto done) {
            racing.result = std::move(done);
            racing.operation.reset();
        });
    }

    Racing racing;
    Answering answering;
};

TEST_F(RaceAnswers, OpensAtAStaleAddressWhileThatIsAskedForAgain) {
    racing.network.allow_stale = true;
    answering.stale = {{RecordType::aaaa, {}}, {RecordType::a, {host(kGood)}}};

    begin();

    EXPECT_TRUE(racing.wins());
    EXPECT_THAT(answering.questions, ElementsAre("AAAA stale", "A stale", "AAAA", "A"));
}

TEST_F(RaceAnswers, GoesOnWithTheFreshAddressBehindAStaleOneThatIsDead) {
    racing.network.allow_stale = true;
    racing.drop_everything(2);
    answering.stale = {{RecordType::aaaa, {}}, {RecordType::a, {host(2)}}};
    answering.fresh = {{RecordType::aaaa, {}}, {RecordType::a, {host(kGood)}}};

    begin();

    EXPECT_TRUE(racing.wins());
}

TEST_F(RaceAnswers, OpensWhereATypeIsNeverAnswered) {
    racing.network.query_timeout = 1h;  // nobody is saved by it
    answering.fresh = {{RecordType::a, {host(kGood)}}};

    begin();

    EXPECT_TRUE(racing.wins());
}

TEST_F(RaceAnswers, TellAtTheDeadlineThatNobodyAnswered) {
    racing.within = 50ms;

    begin();
    ASSERT_TRUE(racing.finish());

    const Error& error = racing.result->error();
    EXPECT_EQ(error.code, TransportError::handshake_timeout);
    EXPECT_EQ(error.phase, Phase::resolve);
    EXPECT_THAT(error.message, HasSubstr("no name server answered in time for \"example.test\" "
                                         "(AAAA, A)"));
}

TEST_F(RaceAnswers, TellAtTheDeadlineWhichTypeNobodyAnswered) {
    racing.within = 50ms;
    answering.fresh = {{RecordType::a, {}}};

    begin();
    ASSERT_TRUE(racing.finish());

    EXPECT_THAT(racing.result->error().message, HasSubstr("(AAAA)"));
}

}  // namespace
}  // namespace tautline::dial
