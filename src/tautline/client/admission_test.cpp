// SPDX-License-Identifier: MIT
#include <tautline/client/admission.hpp>

#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tautline {
namespace {

TEST(Admission, HasNoLimitsByItself) {
    const Admission admission;

    const auto permit = admission.admit("a.example");

    EXPECT_TRUE(permit);
    EXPECT_EQ(admission.connections(), 0U) << "nothing is counted";
    EXPECT_EQ(admission.connections_to("a.example"), 0U);
}

TEST(Admission, RefusesBeyondTheLimitOfAll) {
    const Admission admission({.connections = 2});
    const auto first = admission.admit("a.example");
    const auto second = admission.admit("b.example");

    EXPECT_FALSE(admission.admit("c.example"));
    EXPECT_EQ(admission.connections(), 2U);
}

TEST(Admission, RefusesBeyondTheLimitOfAHostAlone) {
    const Admission admission({.per_host = 1});
    const auto first = admission.admit("a.example");

    EXPECT_FALSE(admission.admit("a.example"));
    EXPECT_TRUE(admission.admit("b.example"));
    EXPECT_EQ(admission.connections_to("a.example"), 1U);
    EXPECT_EQ(admission.connections_to("b.example"), 0U) << "given back";
}

TEST(Admission, GivesAPermitBackOnceHoweverItWasMoved) {
    const Admission admission({.per_host = 1});
    {
        auto permit = admission.admit("a.example");
        const Admission::Permit kept = *std::move(permit);
        permit.reset();
        EXPECT_EQ(admission.connections_to("a.example"), 1U);
        EXPECT_EQ(kept.host(), "a.example");
    }
    EXPECT_EQ(admission.connections(), 0U);
    EXPECT_TRUE(admission.admit("a.example"));
}

TEST(Admission, CopiesShareTheirCounts) {
    const Admission admission({.connections = 1});
    const Admission copy = admission;
    const auto permit = copy.admit("a.example");

    EXPECT_FALSE(admission.admit("a.example"));
}

TEST(Admission, APermitOutlivesWhatGaveIt) {
    auto permit = Admission({.connections = 1}).admit("a.example");

    EXPECT_TRUE(permit);
    permit.reset();
}

TEST(Admission, CountsRightlyFromManyThreads) {
    const Admission admission({.connections = 3, .per_host = 3});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([admission] {
            for (int round = 0; round < 1000; ++round) (void)admission.admit("a.example");
        });
    }
    for (auto& thread : threads) thread.join();

    EXPECT_EQ(admission.connections(), 0U);
    EXPECT_EQ(admission.connections_to("a.example"), 0U);
}

}  // namespace
}  // namespace tautline
