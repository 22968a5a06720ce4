// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/credentials.hpp>

#include <string>

#include <gtest/gtest.h>

namespace tautline::proxy {
namespace {

TEST(Credentials, FitBasicWithBlanksLettersOfAnyAlphabetAndColonsInThePassword) {
    EXPECT_TRUE(fits_basic({"us er", "p:w ü"}));
    EXPECT_TRUE(fits_basic({"", ""}));
}

// RFC 7617 section 2.
TEST(Credentials, DoNotFitBasicWithAColonInTheUserOrAControlAnywhere) {
    EXPECT_FALSE(fits_basic({"us:er", "pw"}));
    EXPECT_FALSE(fits_basic({"user\r\nX: y", "pw"}));
    EXPECT_FALSE(fits_basic({"us\x7f", "pw"}));
    EXPECT_FALSE(fits_basic({"user", "p\x7fw"}));
    EXPECT_FALSE(fits_basic({"user", std::string("p\0w", 3)}));
}

}  // namespace
}  // namespace tautline::proxy
