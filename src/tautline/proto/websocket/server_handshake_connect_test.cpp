// SPDX-License-Identifier: MIT
// The handshake of RFC 8441: what differs from RFC 6455 for a server.
#include <gtest/gtest.h>

#include <tautline/proto/websocket/client_handshake.hpp>
#include <tautline/proto/websocket/server_handshake.hpp>

namespace tautline::websocket {
namespace {

constexpr auto kConnect = HandshakeForm::extended_connect;

ClientOffer offer() {
    return {.uri = *http::parse_uri("wss://example.org/chat?room=1"),
            .subprotocols = {"json"},
            .compression = deflate::Options{}};
}

ClientHandshake client() { return *ClientHandshake::begin(offer(), {}, kConnect); }

ServerPolicy policy() { return {.subprotocols = {"json"}, .compression = deflate::Options{}}; }

int status_for(const http::RequestHead& request) {
    const auto accepted = accept(request, policy(), kConnect);
    return accepted ? accepted->response.status : accepted.error().response.status;
}

TEST(ServerExtendedConnect, AgreesOnTheSameThings) {
    const auto handshake = client();
    const auto accepted = accept(handshake.request(), policy(), kConnect);
    ASSERT_TRUE(accepted);

    const auto agreement = handshake.receive(accepted->response);

    ASSERT_TRUE(agreement);
    EXPECT_EQ(agreement->subprotocol, "json");
    EXPECT_EQ(agreement->compression, accepted->agreement.compression);
    EXPECT_TRUE(agreement->compression);
}

TEST(ServerExtendedConnect, IsAcceptedWith200AndNoUpgrade) {
    const auto accepted = accept(client().request(), policy(), kConnect);

    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->response.status, 200);
    EXPECT_FALSE(accepted->response.fields.has("Upgrade"));
    EXPECT_FALSE(accepted->response.fields.has("Connection"));
    EXPECT_FALSE(accepted->response.fields.has("Sec-WebSocket-Accept"));
}

TEST(ServerExtendedConnect, NeedsItsMethodVersionAndAuthority) {
    auto request = client().request();
    EXPECT_EQ(status_for(request), 200);
    request.method = "GET";
    EXPECT_EQ(status_for(request), 405);

    request = client().request();
    request.fields.set("Sec-WebSocket-Version", "8");
    EXPECT_EQ(status_for(request), 426);

    request = client().request();
    request.fields.remove("Host");
    EXPECT_EQ(status_for(request), 400);

    request = client().request();
    request.target = "*";
    EXPECT_EQ(status_for(request), 400);
}

TEST(ServerExtendedConnect, IsNotTakenOverHttp1) {
    EXPECT_EQ(accept(client().request(), policy()).error().response.status, 405);
}

}  // namespace
}  // namespace tautline::websocket
