// SPDX-License-Identifier: MIT
#include <tautline/observe/observed_call.hpp>

#include <array>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::observe {
namespace {

struct Deaf final : Observer {
    void observe(const Event&, Stamp) override {}
};

TEST(NewCallId, GrowsFromCallToCallOfOneThread) {
    const auto observer = std::make_shared<Deaf>();
    const auto first = new_call_id(observer);

    EXPECT_GE(first, CallId(1));
    EXPECT_GT(new_call_id(observer), first);
}

TEST(NewCallId, IsNoneAndTakesNoneWhereNobodyObserves) {
    const auto before = next_call_id();

    EXPECT_EQ(new_call_id(nullptr), CallId());

    EXPECT_EQ(next_call_id(), CallId(before.value() + 1));
}

TEST(NewCallId, IsDifferentForTheCallsOfAllThreads) {
    constexpr std::size_t kEach = 10'000;
    std::array<std::vector<CallId>, 4> drawn;
    {
        std::vector<std::jthread> threads;
        for (auto& own : drawn) {
            threads.emplace_back([&own] {
                for (std::size_t i = 0; i < kEach; ++i) own.push_back(next_call_id());
            });
        }
    }

    std::set<CallId> different;
    for (const auto& own : drawn) different.insert(own.begin(), own.end());
    EXPECT_EQ(different.size(), drawn.size() * kEach);
}

}  // namespace
}  // namespace tautline::observe
