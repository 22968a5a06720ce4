// SPDX-License-Identifier: MIT
// The handshake of RFC 8441: what differs from RFC 6455 for a server.
#include <gtest/gtest.h>

#include <tautline/proto/websocket/server_handshake.hpp>

namespace tautline::websocket {
namespace {

constexpr auto kConnect = HandshakeForm::extended_connect;

http::RequestHead request_to_open() {
    return {.method = "CONNECT",
            .target = "/chat?room=1",
            .version_minor = 1,
            .fields = {{"Host", "example.org"}, {"Sec-WebSocket-Version", "13"}}};
}

int status_for(const http::RequestHead& request) {
    const auto accepted = accept(request, {}, kConnect);
    return accepted ? accepted->response.status : accepted.error().response.status;
}

TEST(ServerExtendedConnect, IsAcceptedWith200AndNoUpgrade) {
    const auto accepted = accept(request_to_open(), {}, kConnect);

    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->response.status, 200);
    EXPECT_FALSE(accepted->response.fields.has("Upgrade"));
    EXPECT_FALSE(accepted->response.fields.has("Connection"));
    EXPECT_FALSE(accepted->response.fields.has("Sec-WebSocket-Accept"));
}

TEST(ServerExtendedConnect, NeedsItsMethodVersionAndAuthority) {
    auto request = request_to_open();
    EXPECT_EQ(status_for(request), 200);
    request.method = "GET";
    EXPECT_EQ(status_for(request), 405);

    request = request_to_open();
    request.fields.set("Sec-WebSocket-Version", "8");
    EXPECT_EQ(status_for(request), 426);

    request = request_to_open();
    request.fields.remove("Host");
    EXPECT_EQ(status_for(request), 400);

    request = request_to_open();
    request.target = "*";
    EXPECT_EQ(status_for(request), 400);
}

TEST(ServerExtendedConnect, IsNotTakenOverHttp1) {
    EXPECT_EQ(accept(request_to_open(), {}).error().response.status, 405);
}

}  // namespace
}  // namespace tautline::websocket
