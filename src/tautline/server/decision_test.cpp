// SPDX-License-Identifier: MIT
#include <tautline/server/decision.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/raw_client.hpp>
#include <tests/support/run_until.hpp>

#include <tautline/proto/http/head_reader.hpp>

namespace tautline::server {
namespace {

using test::run_ready;

struct DecisionTest : testing::Test {
    void ask(std::string_view fields = {}) {
        ask_by([this](UpgradeRequest request) { kept.emplace(std::move(request)); }, fields);
    }
    void ask_by(std::function<void(UpgradeRequest)> on_upgrade, std::string_view fields = {}) {
        routes.add_websocket("/{room}", {}, {.on_upgrade = std::move(on_upgrade)});
        http::RequestReader reader;
        const auto head = *reader
                               .receive(as_bytes(test::upgrade_request(
                                   "/red", "Cookie: a=1\r\n" + std::string(fields))))
                               ->head;
        decision = std::make_unique<Decision>(
            site,
            DecisionSubject{.call = std::get<UpgradeCall>(routes.dispatch(head, false)),
                            .request = head,
                            .stream = {.peer_address = "10.0.0.1:5"}},
            [this](Decision::Result told) { result.emplace(std::move(told)); });
        decision->ask();
    }
    /// The status that was reported; 0 without a result.
    int status() {
        run_ready(context);
        if (!result) return 0;
        return *result ? (*result)->accepted.response.status : result->error().response.status;
    }

    Routes routes;
    ServerOptions options;
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    session::Registry registry;
    Site site{loop, registry, routes, options};
    std::unique_ptr<Decision> decision;
    std::optional<UpgradeRequest> kept;
    std::optional<Decision::Result> result;
};

TEST_F(DecisionTest, ShowsTheRequestToTheApplication) {
    ask();

    EXPECT_EQ(kept->request().fields.find("Cookie"), "a=1");
    EXPECT_EQ(kept->peer_address(), "10.0.0.1:5");
    EXPECT_EQ(kept->parameter("room"), "red");
}

TEST_F(DecisionTest, WaitsForTheVerdict) {
    ask();
    EXPECT_EQ(status(), 0);
}

TEST_F(DecisionTest, ReportsTheAcceptedRequestWithTheFieldsOfTheApplication) {
    ask();
    kept->accept({{"X-Name", "value"}});

    ASSERT_EQ(status(), 101);
    const UpgradeCall& call = result->value();
    EXPECT_EQ(call.accepted.response.fields.find("X-Name"), "value");
    EXPECT_EQ(call.parameters, (Parameters{{"room", "red"}}));
    EXPECT_NE(call.route, nullptr);
}

TEST_F(DecisionTest, AgreesOnTheSubprotocolThatTheApplicationChooses) {
    ask("Sec-WebSocket-Protocol: a, b, c\r\n");
    kept->accept({{"sec-websocket-protocol", "b"}});

    ASSERT_EQ(status(), 101);
    const auto& accepted = result->value().accepted;
    EXPECT_EQ(accepted.agreement.subprotocol, "b");
    EXPECT_EQ(accepted.response.fields.combined("Sec-WebSocket-Protocol"), "b");
}

TEST_F(DecisionTest, AgreesOnNoSubprotocolThatWasNotOffered) {
    ask();
    kept->accept({{"Sec-WebSocket-Protocol", "b"}});

    ASSERT_EQ(status(), 101);
    EXPECT_FALSE(result->value().accepted.response.fields.has("Sec-WebSocket-Protocol"));
}

TEST_F(DecisionTest, AgreesOnNoSubprotocolWhenTheApplicationChoosesNone) {
    ask("Sec-WebSocket-Protocol: a, b, c\r\n");
    kept->accept({{"Sec-WebSocket-Protocol", ""}});

    ASSERT_EQ(status(), 101);
    EXPECT_FALSE(result->value().accepted.response.fields.has("Sec-WebSocket-Protocol"));
}

TEST_F(DecisionTest, ReportsTheRefusalOfTheApplication) {
    ask();
    kept->reject(401, {}, "Who?\n");

    ASSERT_EQ(status(), 401);
    EXPECT_EQ(result->error().body, "Who?\n");
}

TEST_F(DecisionTest, ReportsAVerdictInALaterTurn) {
    ask_by([](UpgradeRequest request) { request.accept(); });

    EXPECT_FALSE(result);
    EXPECT_EQ(status(), 101);
}

TEST_F(DecisionTest, RefusesFieldsThatMayNotBeSent) {
    ask();
    kept->accept({{"X", "a\r\nY: b"}});
    EXPECT_EQ(status(), 500);
}

TEST_F(DecisionTest, RefusesForAnApplicationThatThrows) {
    ask_by([](UpgradeRequest) { throw 1; });
    EXPECT_EQ(status(), 500);
}

TEST_F(DecisionTest, RefusesForAnApplicationThatAcceptsAndThrows) {
    ask_by([](UpgradeRequest request) {
        request.accept();
        throw 1;
    });
    EXPECT_EQ(status(), 500);
}

TEST_F(DecisionTest, RefusesForAnApplicationThatKeepsTheRequestAndThrows) {
    ask_by([this](UpgradeRequest request) {
        kept.emplace(std::move(request));
        throw 1;
    });
    EXPECT_EQ(status(), 500);
}

TEST_F(DecisionTest, RefusesForAnApplicationThatTakesTooLong) {
    options.decision_timeout = std::chrono::milliseconds(20);
    ask();

    EXPECT_TRUE(test::run_until(context, [this] { return result.has_value(); }));
    EXPECT_EQ(status(), 503);
}

TEST_F(DecisionTest, RefusesInThePlaceOfTheApplication) {
    ask();
    decision->refuse(400, "No.\n");

    ASSERT_TRUE(result);
    EXPECT_EQ(result->error().response.status, 400);
    EXPECT_EQ(result->error().body, "No.\n");
}

TEST_F(DecisionTest, DropsAVerdictAfterARefusal) {
    ask();
    kept->accept();
    decision->refuse(503, {});
    EXPECT_EQ(status(), 503);
}

TEST_F(DecisionTest, HasNoDeadlineAfterTheResult) {
    ask();
    decision->refuse(503, {});
    EXPECT_EQ(loop.timers().size(), 0U);
}

TEST_F(DecisionTest, ReportsNothingForAnApplicationThatEndsItAndThrows) {
    ask_by([this](UpgradeRequest) {
        decision.reset();
        throw 1;
    });
    EXPECT_EQ(status(), 0);
}

TEST_F(DecisionTest, ReportsNothingOnceDestroyed) {
    ask();
    kept->accept();
    decision.reset();
    EXPECT_EQ(status(), 0);
}

}  // namespace
}  // namespace tautline::server
