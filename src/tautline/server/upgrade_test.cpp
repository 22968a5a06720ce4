// SPDX-License-Identifier: MIT
#include <tautline/server/upgrade.hpp>

#include <optional>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>

#include <tautline/server/upgrade_state.hpp>

namespace tautline {
namespace {

using test::run_ready;

struct UpgradeRequestTest : testing::Test {
    UpgradeRequest make() {
        auto state = std::make_shared<UpgradeRequest::State>(
            http::RequestHead{.method = "GET", .target = "/chat/red"},
            transport::StreamInfo{.peer_address = "10.0.0.1:5", .peer_subject = "CN=ann"},
            server::Parameters{{"room", "red"}});
        state->attach(loop, [this](server::Verdict given) { verdict = std::move(given); });
        return UpgradeRequest(std::move(state));
    }
    /// The status that the request was rejected with; 0 when it was not.
    int rejected() {
        run_ready(context);
        return verdict && !*verdict ? verdict->error().response.status : 0;
    }
    bool accepted() {
        run_ready(context);
        return verdict && verdict->has_value();
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    std::optional<server::Verdict> verdict;
};

TEST_F(UpgradeRequestTest, ShowsWhatWasAsked) {
    const UpgradeRequest request = make();

    EXPECT_EQ(request.request().target, "/chat/red");
    EXPECT_EQ(request.peer_address(), "10.0.0.1:5");
    EXPECT_EQ(request.stream().peer_subject, "CN=ann");
    EXPECT_EQ(request.parameter("room"), "red");
    EXPECT_EQ(request.parameter("none"), "");
}

TEST_F(UpgradeRequestTest, AcceptsWithFields) {
    make().accept({{"X", "1"}});

    ASSERT_TRUE(accepted());
    EXPECT_EQ((*verdict)->fields.find("X"), "1");
}

TEST_F(UpgradeRequestTest, AcceptsWithData) {
    UpgradeRequest request = make();
    request.data<std::string>() = "Anna";
    UpgradeRequest moved = std::move(request);

    moved.accept();

    ASSERT_TRUE(accepted());
    EXPECT_EQ((*verdict)->data.get<std::string>(), "Anna");
}

TEST_F(UpgradeRequestTest, RejectsWithStatusFieldsAndBody) {
    make().reject(401, {{"WWW-Authenticate", "Basic"}}, "Who are you?\n");

    ASSERT_EQ(rejected(), 401);
    EXPECT_EQ(verdict->error().response.fields.find("WWW-Authenticate"), "Basic");
    EXPECT_EQ(verdict->error().body, "Who are you?\n");
}

TEST_F(UpgradeRequestTest, RejectsWhenItIsDropped) {
    {
        const UpgradeRequest request = make();
    }
    EXPECT_EQ(rejected(), 503);
}

TEST_F(UpgradeRequestTest, RejectsTheOneThatAnotherIsMovedOnto) {
    UpgradeRequest kept = make();
    auto other = UpgradeRequest(std::make_shared<UpgradeRequest::State>(
        http::RequestHead{}, transport::StreamInfo{}, server::Parameters{}));

    kept = std::move(other);
    {
        const UpgradeRequest end = std::move(other);
    }

    EXPECT_EQ(rejected(), 503);
}

TEST_F(UpgradeRequestTest, RejectsOnlyOnceWhenItWasMoved) {
    UpgradeRequest first = make();
    UpgradeRequest second = std::move(first);

    second.accept();

    EXPECT_TRUE(accepted());
}

TEST_F(UpgradeRequestTest, RejectsWithA500WhatIsNoRefusal) {
    make().reject(299);
    EXPECT_EQ(rejected(), 500);
}

TEST_F(UpgradeRequestTest, RejectsWithARedirect) {
    make().reject(300);
    EXPECT_EQ(rejected(), 300);
}

TEST_F(UpgradeRequestTest, RejectsWithA500AboveTheStatuses) {
    make().reject(600);
    EXPECT_EQ(rejected(), 500);
}

TEST_F(UpgradeRequestTest, RejectsWithA500WhatCannotBeSent) {
    make().reject(403, {{"X", "a\r\nY: b"}}, "secret");

    EXPECT_EQ(rejected(), 500);
    EXPECT_FALSE(verdict->error().response.fields.has("X"));
}

}  // namespace
}  // namespace tautline
