// SPDX-License-Identifier: MIT
#include <tautline/base/proxy_error.hpp>

#include <set>
#include <string>

#include <gtest/gtest.h>

#include <tautline/base/error.hpp>

namespace tautline {
namespace {

constexpr int kLast = static_cast<int>(ProxyError::reply_unknown);

TEST(ProxyError, EveryOneHasANameOfItsOwnAndWords) {
    std::set<std::string_view> names;
    for (int value = 1; value <= kLast; ++value) {
        const auto error = static_cast<ProxyError>(value);
        EXPECT_TRUE(names.insert(name_for(error)).second) << value;
        EXPECT_TRUE(name_for(error).starts_with("proxy_")) << value;
        EXPECT_EQ(make_error_code(error).message(), message_for(error));
    }
}

TEST(ProxyError, NumbersOfOthersAreUnknown) {
    for (const int value : {0, kLast + 1, 256 + 1, -1}) {
        EXPECT_EQ(proxy_category().message(value), "unknown error") << value;
    }
    EXPECT_STREQ(proxy_category().name(), "tautline.proxy");
}

TEST(ProxyError, IsNamedLikeTheOtherFamilies) {
    EXPECT_EQ(name_for(make_error_code(ProxyError::refused)), "proxy_refused");
}

}  // namespace
}  // namespace tautline
