// SPDX-License-Identifier: MIT
// How long it is kept how a connection came about.
#include <memory>

#include <gtest/gtest.h>
#include <tests/support/lone_session.hpp>

namespace tautline::session {
namespace {

// A connection whose profile is looked at.
struct DriverInfo : testing::Test {
    void SetUp() override {
        driver = &Driver::start({.profile = profile,
                                 .stream = std::make_unique<test::RoomyStream>(),
                                 .info = std::make_shared<OpenInfo>()},
                                {});
    }

    asio::io_context context;
    Registry registry;
    std::shared_ptr<Profile> profile =
        std::make_shared<Profile>(ProfileSetup{.loop = &io::Loop::of(context),
                                               .registry = &registry,
                                               .engine = &websocket::native_engine(),
                                               .options = std::make_shared<ConnectionOptions>(),
                                               .handlers = std::make_shared<Handlers>()});
    Driver* driver = nullptr;
};

TEST_F(DriverInfo, IsInThePoolUntilTheConnectionIsGone) {
    EXPECT_EQ(profile->infos.size(), 1U);

    registry.drop();
    test::run_ready(context);

    EXPECT_EQ(profile->infos.size(), 0U);
}

TEST_F(DriverInfo, IsNotInThePoolOnceSomebodyHasAskedForIt) {
    const auto info = driver->info();

    EXPECT_EQ(profile->infos.size(), 0U);
    EXPECT_EQ(driver->info(), info);
}

// With nothing else to keep.
TEST(DriverData, OfTheOpeningIsKept) {
    asio::io_context context;
    Registry registry;
    Peer* peer = nullptr;
    (void)test::start_session(io::Loop::of(context), registry,
                              std::make_unique<test::RoomyStream>(),
                              {.handlers = {.on_open = [&](Peer& opened) {
                                   peer = &opened;
                                   opened.data<int>() = 7;
                               }}});

    EXPECT_EQ(peer->data<int>(), 7);
}

}  // namespace
}  // namespace tautline::session
