// SPDX-License-Identifier: MIT
#include <tautline/server/upgrade_state.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>

namespace tautline {
namespace {

using test::run_ready;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string words_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        return error.what();
    }
}

struct UpgradeStateTest : testing::Test {
    void attach() {
        state->attach(
            loop, [this](server::Verdict verdict) { verdicts.push_back(std::move(verdict)); },
            [this](const std::exception_ptr& what) {
                EXPECT_TRUE(verdicts.empty());
                thrown.push_back(words_of(what));
                if (leaves) state->detach();
            });
    }
    void fail() { state->threw(std::make_exception_ptr(std::runtime_error("of a decision"))); }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    std::shared_ptr<UpgradeRequest::State> state = std::make_shared<UpgradeRequest::State>(
        http::RequestHead{}, transport::StreamInfo{}, server::Parameters{});
    std::vector<server::Verdict> verdicts;
    std::vector<std::string> thrown;
    bool leaves = false;
};

TEST_F(UpgradeStateTest, TellsTheVerdictInALaterTurn) {
    attach();

    state->decide(server::Acceptance{.fields = {{"X", "1"}}});
    EXPECT_TRUE(verdicts.empty());
    run_ready(context);

    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0]->fields.find("X"), "1");
}

TEST_F(UpgradeStateTest, TellsOnlyTheFirstVerdict) {
    attach();

    state->decide(server::Acceptance{});
    state->decide(std::unexpected(websocket::reject(403)));
    run_ready(context);

    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_TRUE(verdicts[0].has_value());
}

TEST_F(UpgradeStateTest, TellsWhatWasThrownBeforeA500) {
    attach();

    fail();
    run_ready(context);

    EXPECT_THAT(thrown, ElementsAre("of a decision"));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].error().response.status, 500);
}

// The connection may end in the same turn.
TEST_F(UpgradeStateTest, TellsAtOnceWhatWasThrownAtOnce) {
    attach();

    state->threw_at_once(std::make_exception_ptr(std::runtime_error("of a decision")));
    state->detach();
    run_ready(context);

    EXPECT_THAT(thrown, ElementsAre("of a decision"));
    EXPECT_TRUE(verdicts.empty());
}

TEST_F(UpgradeStateTest, TellsOnceWhatWasThrownAtOnce) {
    attach();

    state->threw_at_once(std::make_exception_ptr(std::runtime_error("of a decision")));
    run_ready(context);

    EXPECT_THAT(thrown, ElementsAre("of a decision"));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].error().response.status, 500);
}

TEST_F(UpgradeStateTest, TakesWhatWasThrownForWhatWasDecidedBefore) {
    attach();

    state->decide(server::Acceptance{});
    fail();
    run_ready(context);

    EXPECT_EQ(thrown.size(), 1U);
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_FALSE(verdicts[0]);
}

TEST_F(UpgradeStateTest, TellsNoVerdictToWhoLeavesWhenItHearsWhatWasThrown) {
    leaves = true;
    attach();

    fail();
    run_ready(context);

    EXPECT_EQ(thrown.size(), 1U);
    EXPECT_TRUE(verdicts.empty());
}

TEST_F(UpgradeStateTest, TellsNothingThatIsThrownBehindTheVerdict) {
    attach();
    state->decide(server::Acceptance{});
    run_ready(context);

    fail();
    run_ready(context);

    EXPECT_THAT(thrown, IsEmpty());
    EXPECT_EQ(verdicts.size(), 1U);
}

TEST_F(UpgradeStateTest, TellsWhichFieldMayNotBeSent) {
    attach();

    state->decide(server::Acceptance{.fields = {{"X-Name", "a\nsecret"}}});
    run_ready(context);

    EXPECT_THAT(thrown, ElementsAre(AllOf(HasSubstr("X-Name"), Not(HasSubstr("secret")))));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].error().response.status, 500);
}

TEST_F(UpgradeStateTest, TellsThatTheChoiceIsNoSubprotocol) {
    attach();

    state->decide(server::Acceptance{.fields = {{"Sec-WebSocket-Protocol", "not a token"}}});
    run_ready(context);

    EXPECT_THAT(thrown, ElementsAre(HasSubstr("is not one subprotocol")));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].error().response.status, 500);
}

TEST_F(UpgradeStateTest, TakesTheChoiceOfNoSubprotocol) {
    attach();

    state->decide(server::Acceptance{.fields = {{"Sec-WebSocket-Protocol", ""}}});
    run_ready(context);

    EXPECT_THAT(thrown, IsEmpty());
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_TRUE(verdicts[0].has_value());
}

TEST_F(UpgradeStateTest, TellsNobodyOnceDetached) {
    attach();
    state->detach();

    state->decide(server::Acceptance{});
    run_ready(context);

    EXPECT_TRUE(verdicts.empty());
}

TEST_F(UpgradeStateTest, TakesAVerdictOfAnotherThread) {
    attach();

    std::jthread([this] { state->decide(server::Acceptance{}); }).join();
    run_ready(context);

    EXPECT_EQ(verdicts.size(), 1U);
}

}  // namespace
}  // namespace tautline
