// SPDX-License-Identifier: MIT
#include <tautline/server/upgrade_state.hpp>

#include <memory>
#include <thread>
#include <vector>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>

namespace tautline {
namespace {

using test::run_ready;

struct UpgradeStateTest : testing::Test {
    void attach() {
        state->attach(loop,
                      [this](server::Verdict verdict) { verdicts.push_back(std::move(verdict)); });
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    std::shared_ptr<UpgradeRequest::State> state = std::make_shared<UpgradeRequest::State>(
        http::RequestHead{}, transport::StreamInfo{}, server::Parameters{});
    std::vector<server::Verdict> verdicts;
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
