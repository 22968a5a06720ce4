// SPDX-License-Identifier: MIT
// How calls and their sessions hold to `ClientOptions::admission`.
#include <memory>
#include <optional>
#include <string>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/echo_server.hpp>
#include <tests/support/run_until.hpp>

#include <tautline/client/call.hpp>

namespace tautline::client {
namespace {

struct Admitted {
    Admitted() {
        server.server.websocket("/away", {}, {.on_upgrade = [this](UpgradeRequest request) {
                                    request.reject(302, {{"Location", elsewhere}});
                                }});
        server.start();
        elsewhere = "ws://localhost:" + std::to_string(server.port) + "/";
    }
    // Calls, and waits for the answer.
    [[nodiscard]] bool call(const std::string& url, Handlers handlers = {}) {
        error.reset();
        opened = nullptr;
        Call::start(loop, url, options, std::move(handlers), [this](Call::Result result) {
            if (result) opened = *result;
            if (!result) error = result.error();
            held = options.admission.connections();
        });
        return test::run_until(context, [this] { return opened != nullptr || error; });
    }

    test::EchoServer server;
    std::string elsewhere;
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    ClientOptions options;
    session::Driver* opened = nullptr;
    std::optional<Error> error;
    std::size_t held = 0;  // permits when the call was told its end
};

TEST(CallAdmission, ASessionHoldsItsPermitAndTheNextCallIsRefused) {
    Admitted calls;
    calls.options.admission = Admission({.per_host = 1});
    ASSERT_TRUE(calls.call(calls.server.url));
    ASSERT_FALSE(calls.error);
    EXPECT_EQ(calls.options.admission.connections_to("127.0.0.1"), 1U);

    ASSERT_TRUE(calls.call(calls.server.url));

    ASSERT_TRUE(calls.error);
    EXPECT_EQ(calls.error->code, UsageError::too_many_connections);
    EXPECT_EQ(calls.error->endpoint, "127.0.0.1:" + std::to_string(calls.server.port));
}

TEST(CallAdmission, APermitIsFreeInOnClosed) {
    Admitted calls;
    calls.options.admission = Admission({.connections = 1});
    std::optional<std::size_t> left;
    ASSERT_TRUE(calls.call(calls.server.url, {.on_closed = [&](Peer&, const Closed&) {
                               left = calls.options.admission.connections();
                           }}));

    (void)calls.opened->close(CloseCode::normal, {});
    ASSERT_TRUE(test::run_until(calls.context, [&] { return left.has_value(); }));

    EXPECT_EQ(left, 0U);
}

TEST(CallAdmission, ACallThatFailsGivesItsPermitBack) {
    Admitted calls;
    calls.options.admission = Admission({.connections = 1});

    ASSERT_TRUE(calls.call(calls.server.url + "nowhere"));

    EXPECT_EQ(calls.error->code, HandshakeError::rejected);
    EXPECT_EQ(calls.held, 0U) << "before anybody is told";
}

TEST(CallAdmission, ARedirectTakesThePermitOfTheOtherHost) {
    Admitted calls;
    calls.options.admission = Admission({.connections = 1});
    calls.options.max_redirects = 1;

    ASSERT_TRUE(calls.call(calls.server.url + "away"));

    ASSERT_FALSE(calls.error) << calls.error->to_string();
    EXPECT_EQ(calls.options.admission.connections_to("localhost"), 1U);
    EXPECT_EQ(calls.options.admission.connections_to("127.0.0.1"), 0U);
}

TEST(CallAdmission, ARedirectToAHostThatIsFullFails) {
    Admitted calls;
    calls.options.admission = Admission({.per_host = 1});
    calls.options.max_redirects = 1;
    const auto taken = calls.options.admission.admit("localhost");

    ASSERT_TRUE(calls.call(calls.server.url + "away"));

    ASSERT_TRUE(calls.error);
    EXPECT_EQ(calls.error->code, UsageError::too_many_connections);
    EXPECT_EQ(calls.options.admission.connections_to("127.0.0.1"), 0U);
}

}  // namespace
}  // namespace tautline::client
