// SPDX-License-Identifier: MIT
#include <tautline/base/enum_category.hpp>

#include <cstdint>

#include <gtest/gtest.h>

namespace tautline {
namespace {

enum class Fruit : std::uint8_t { apple = 1 };

ErrorWords words_for(Fruit fruit) {
    return fruit == Fruit::apple ? ErrorWords{"apple", "an apple fell"} : kUnknownError;
}

struct EnumCategoryTest : testing::Test {
    EnumCategory<Fruit> category{"test.fruit", words_for};
};

TEST_F(EnumCategoryTest, TellsTheWordsOfItsErrors) {
    EXPECT_STREQ(category.name(), "test.fruit");
    EXPECT_EQ(category.name_of(1), "apple");
    EXPECT_EQ(category.message(1), "an apple fell");
}

TEST_F(EnumCategoryTest, KnowsNoOthers) {
    for (const int value : {0, 2, 255, 256 + 1, -255, -1}) {
        EXPECT_EQ(category.name_of(value), "unknown") << value;
        EXPECT_EQ(category.message(value), "unknown error") << value;
    }
}

}  // namespace
}  // namespace tautline
