// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/stable_sort.hpp>

#include <utility>

#include <gtest/gtest.h>

using tautline::eyeballs::sort_stably;

namespace {

TEST(SortStably, KeepsTheOrderOfEquals) {
    using Pairs = std::vector<std::pair<int, char>>;
    Pairs pairs{{3, 'a'}, {1, 'b'}, {3, 'c'}, {2, 'd'}, {1, 'e'}};

    sort_stably(pairs, &std::pair<int, char>::first);

    EXPECT_EQ(pairs, (Pairs{{1, 'b'}, {1, 'e'}, {2, 'd'}, {3, 'a'}, {3, 'c'}}));
}

TEST(SortStably, TakesAnEmptyList) {
    std::vector<int> none;
    sort_stably(none, [](int value) { return value; });
    EXPECT_TRUE(none.empty());
}

}  // namespace
