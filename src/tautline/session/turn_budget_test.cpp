// SPDX-License-Identifier: MIT
#include <tautline/session/turn_budget.hpp>

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::session {
namespace {

websocket::Event message(const std::vector<std::byte>& payload) {
    return websocket::MessageReceived{MessageType::binary, payload};
}

TEST(TurnBudget, IsUsedUpByWhatMessagesAndPartsAddUpTo) {
    const std::vector<std::byte> half(TurnBudget::kBytes / 2);
    TurnBudget budget;

    EXPECT_FALSE(budget.spend(message(half)));
    EXPECT_TRUE(budget.spend(websocket::PartReceived{MessageType::text, half, true, false}));
}

TEST(TurnBudget, LastsUntilTheLastByte) {
    const std::vector<std::byte> nearly(TurnBudget::kBytes - 1);
    TurnBudget budget;

    EXPECT_FALSE(budget.spend(message(nearly)));
    EXPECT_FALSE(budget.spend(message({})));
    EXPECT_TRUE(budget.spend(message(std::vector<std::byte>(1))));
}

TEST(TurnBudget, ChargesNothingForOtherEvents) {
    const std::vector<std::byte> payload(125);
    TurnBudget budget;

    for (std::size_t i = 0; i <= TurnBudget::kBytes / payload.size(); ++i) {
        EXPECT_FALSE(budget.spend(websocket::PingReceived{payload}));
    }
}

}  // namespace
}  // namespace tautline::session
