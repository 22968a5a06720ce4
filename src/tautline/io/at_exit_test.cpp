// SPDX-License-Identifier: MIT
#include <tautline/io/at_exit.hpp>

#include <gtest/gtest.h>

namespace tautline::io {
namespace {

TEST(AtExit, RunsWhenTheScopeEnds) {
    int runs = 0;
    {
        const AtExit count([&] { ++runs; });
        EXPECT_EQ(runs, 0);
    }

    EXPECT_EQ(runs, 1);
}

TEST(AtExit, RunsWhenAnExceptionPassesThrough) {
    int runs = 0;
    const auto thrower = [&] {
        const AtExit count([&] { ++runs; });
        throw 1;
    };

    EXPECT_THROW(thrower(), int);
    EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace tautline::io
