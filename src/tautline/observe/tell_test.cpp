// SPDX-License-Identifier: MIT
#include <tautline/observe/tell.hpp>

#include <stdexcept>

#include <gtest/gtest.h>

namespace tautline::observe {
namespace {

struct Thrower final : Observer {
    void observe(const Event&, Instant) override {
        ++told;
        throw std::runtime_error("of the application");
    }
    int told = 0;
};

TEST(Tell, TellsNobodyWhereNobodyObserves) { tell(nullptr, CallStarted{"ws://a/"}, {}); }

TEST(Tell, L17_LetsNothingOutThatAnObserverThrows) {
    const auto thrower = std::make_shared<Thrower>();

    EXPECT_NO_THROW(tell(thrower, CallStarted{"ws://a/"}, {}));
    EXPECT_NO_THROW(tell(thrower, CallStarted{"ws://a/"}, {}));

    EXPECT_EQ(thrower->told, 2);
}

}  // namespace
}  // namespace tautline::observe
