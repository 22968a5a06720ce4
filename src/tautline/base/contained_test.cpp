// SPDX-License-Identifier: MIT
#include <tautline/base/contained.hpp>

#include <exception>
#include <stdexcept>
#include <string>

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

TEST(Contained, ReportsWhatWasThrown) {
    std::string told;
    const auto report = [&](const std::exception_ptr& thrown) {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            told += error.what();
        }
    };

    EXPECT_TRUE(contained([] {}, report));
    EXPECT_FALSE(contained([] { throw std::runtime_error("of the application"); }, report));

    EXPECT_EQ(told, "of the application");
}

}  // namespace
}  // namespace tautline
