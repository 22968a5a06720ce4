// SPDX-License-Identifier: MIT
#include <tautline/observe/tell.hpp>

#include <stdexcept>

#include <gtest/gtest.h>

namespace tautline::observe {
namespace {

struct Thrower final : Observer {
    void observe(const Event&, Stamp) override {
        ++told;
        throw std::runtime_error("of the application");
    }
    int told = 0;
};

TEST(Tell, TellsNobodyWhereNobodyObserves) {
    tell(nullptr, CallStarted{"ws://a/"}, Stamp());
    tell(ObservedCall(), CallStarted{"ws://a/"}, Instant());
}

TEST(Tell, SaysWhoseTheEventIsAndWhenItWas) {
    struct Witness final : Observer {
        void observe(const Event&, Stamp stamp) override { last = stamp; }
        Stamp last;
    };
    const auto witness = std::make_shared<Witness>();
    const Instant now(Duration(5));

    tell({witness, CallId(3)}, CallStarted{"ws://a/"}, now);

    EXPECT_EQ(witness->last.call, CallId(3));
    EXPECT_EQ(witness->last.now, now);
}

TEST(Tell, L17_LetsNothingOutThatAnObserverThrows) {
    const auto thrower = std::make_shared<Thrower>();

    EXPECT_NO_THROW(tell(thrower, CallStarted{"ws://a/"}, Stamp()));
    EXPECT_NO_THROW(tell(thrower, CallStarted{"ws://a/"}, Stamp()));

    EXPECT_EQ(thrower->told, 2);
}

}  // namespace
}  // namespace tautline::observe
