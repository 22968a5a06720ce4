// SPDX-License-Identifier: MIT
#include <tautline/base/contained.hpp>

#include <stdexcept>

#include <gtest/gtest.h>

namespace tautline {
namespace {

TEST(Contained, SaysWhetherAllWentWell) {
    int runs = 0;

    EXPECT_TRUE(contained([&] { ++runs; }));
    EXPECT_FALSE(contained([&] {
        ++runs;
        throw std::runtime_error("of the application");
    }));
    EXPECT_FALSE(contained([] { throw 1; }));

    EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace tautline
