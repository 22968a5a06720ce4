// SPDX-License-Identifier: MIT
// The handshake of RFC 8441: what differs from RFC 6455 for a client.
#include <gmock/gmock.h>
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

TEST(ClientExtendedConnect, AsksWithoutWhatBelongsToHttp1) {
    const auto request = client().request();

    EXPECT_EQ(request.method, "CONNECT");
    EXPECT_EQ(request.target, "/chat?room=1");
    EXPECT_EQ(request.fields.find("Host"), "example.org");
    EXPECT_EQ(request.fields.find("Sec-WebSocket-Version"), "13");
    for (const auto* name : {"Connection", "Upgrade", "Sec-WebSocket-Key"}) {
        EXPECT_FALSE(request.fields.has(name)) << name;
    }
}

TEST(ClientExtendedConnect, AgreesOnTheSameThingsAsTheServer) {
    const auto handshake = client();
    const auto accepted =
        accept(handshake.request(), {.subprotocols = {"json"}, .compression = deflate::Options{}},
               kConnect);
    ASSERT_TRUE(accepted);

    const auto agreement = handshake.receive(accepted->response);

    ASSERT_TRUE(agreement);
    EXPECT_EQ(agreement->subprotocol, "json");
    EXPECT_EQ(agreement->compression, accepted->agreement.compression);
    EXPECT_TRUE(agreement->compression);
}

TEST(ClientExtendedConnect, TakesEveryStatusOfSuccess) {
    EXPECT_TRUE(client().receive({.status = 204, .reason = {}, .fields = {}}));
}

TEST(ClientExtendedConnect, HoldsAnyOtherStatusForARefusal) {
    for (const int status : {101, 199, 300, 404}) {
        const auto agreement = client().receive({.status = status, .reason = {}, .fields = {}});
        ASSERT_FALSE(agreement) << status;
        EXPECT_EQ(agreement.error().code, HandshakeError::rejected);
        EXPECT_THAT(agreement.error().message, testing::HasSubstr("instead of 200"));
    }
}

TEST(ClientExtendedConnect, StillRefusesWhatWasNotOffered) {
    const auto agreement = client().receive(
        {.status = 200, .reason = {}, .fields = {{"Sec-WebSocket-Protocol", "xml"}}});

    EXPECT_EQ(agreement.error().code, HandshakeError::subprotocol_unexpected);
}

}  // namespace
}  // namespace tautline::websocket
