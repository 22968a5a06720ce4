// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>

#include <tautline/proto/proxy/connect_tunnel.hpp>

namespace tautline::proxy {
namespace {

using State = ConnectTunnel::State;
using test::ExactCopy;

const Credentials kCredentials{"user", "secret"};
const std::string kAuthorization = "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n";
const std::string kAsks =
    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\n"
    "Proxy-Authenticate: Basic realm=\"r\"\r\n";
const std::string kAsksWithBody = kAsks + "Content-Length: 4\r\n\r\nbody";
const std::string kOpens = "HTTP/1.1 200 OK\r\n\r\n";

void receive(ConnectTunnel& tunnel, std::string_view text) {
    tunnel.receive(ExactCopy(as_bytes(text)).bytes());
}

ConnectTunnel after(std::string_view text, std::optional<Credentials> credentials = {}) {
    ConnectTunnel tunnel({"a.b", 80}, credentials);
    EXPECT_NE(tunnel.take_request(), "");
    receive(tunnel, text);
    return tunnel;
}

std::error_code failure(const ConnectTunnel& tunnel) {
    EXPECT_EQ(tunnel.state(), State::failed);
    EXPECT_EQ(tunnel.error().to_string().find("secret"), std::string::npos);
    EXPECT_EQ(tunnel.error().to_string().find("dXNlcjpzZWNyZXQ"), std::string::npos);
    return tunnel.error().code;
}

TEST(ConnectTunnelAuthentication, A407AsksForCredentials) {
    const ConnectTunnel tunnel = after(kAsksWithBody);
    EXPECT_EQ(tunnel.state(), State::asking);
    ASSERT_EQ(tunnel.challenges().size(), 2u);
    EXPECT_EQ(tunnel.challenges()[1].find("realm"), "r");
}

TEST(ConnectTunnelAuthentication, CredentialsGoOnTheSameConnection) {
    ConnectTunnel tunnel = after(kAsksWithBody);

    tunnel.give_credentials(kCredentials);

    EXPECT_EQ(tunnel.state(), State::reading);
    EXPECT_NE(tunnel.take_request().find(kAuthorization), std::string::npos);
    receive(tunnel, kOpens);
    EXPECT_EQ(tunnel.state(), State::open);
}

TEST(ConnectTunnelAuthentication, EverySplitInTwoOfA407AsksAndKeepsTheConnection) {
    const std::string chunked =
        kAsks + "Transfer-Encoding: chunked\r\n\r\n4;x=y\r\nbody\r\n0\r\nT: u\r\n\r\n";
    for (const std::string& whole : {kAsksWithBody, chunked}) {
        for (std::size_t split = 0; split <= whole.size(); ++split) {
            ConnectTunnel tunnel = after(whole.substr(0, split));
            EXPECT_EQ(tunnel.state(), split < whole.size() ? State::reading : State::asking);
            receive(tunnel, whole.substr(split));
            ASSERT_EQ(tunnel.state(), State::asking) << split;
            tunnel.give_credentials(kCredentials);
            EXPECT_EQ(tunnel.state(), State::reading) << split;
        }
    }
}

TEST(ConnectTunnelAuthentication, A407ThatClosesTheConnectionIsAnsweredOnANewOne) {
    for (const std::string& whole :
         {kAsks + "Connection: close\r\n\r\n", kAsks + "Proxy-Connection: close\r\n\r\n",
          kAsks + "\r\n", "HTTP/1.0" + kAsksWithBody.substr(8),
          kAsks + "Connection: close\r\nContent-Length: 1000000\r\n\r\n",
          kAsks + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
          kAsks + "Content-Length: 65537\r\n\r\n" + std::string(65537, 'x')}) {
        ConnectTunnel tunnel = after(whole);
        ASSERT_EQ(tunnel.state(), State::asking) << whole.substr(0, 200);
        tunnel.give_credentials(kCredentials);
        EXPECT_EQ(tunnel.state(), State::reconnecting);
        EXPECT_EQ(tunnel.take_request(), "");
        tunnel.reconnected();
        EXPECT_NE(tunnel.take_request().find(kAuthorization), std::string::npos);
        receive(tunnel, kOpens);
        EXPECT_EQ(tunnel.state(), State::open);
    }
}

TEST(ConnectTunnelAuthentication, ABodyUpTo64KiBIsPassedOver) {
    ConnectTunnel tunnel = after(kAsks + "Content-Length: 65536\r\n\r\n" + std::string(65536, 'x'));
    tunnel.give_credentials(kCredentials);
    EXPECT_EQ(tunnel.state(), State::reading);
}

TEST(ConnectTunnelAuthentication, AStreamThatEndsWhileAskingNeedsANewOne) {
    ConnectTunnel tunnel = after(kAsksWithBody);
    tunnel.end_stream();
    ASSERT_EQ(tunnel.state(), State::asking);
    tunnel.give_credentials(kCredentials);
    EXPECT_EQ(tunnel.state(), State::reconnecting);
    receive(tunnel, "ignored");
    tunnel.end_stream();
    EXPECT_EQ(tunnel.state(), State::reconnecting);
}

TEST(ConnectTunnelAuthentication, AStreamThatEndsInTheBodyNeedsANewOne) {
    ConnectTunnel tunnel = after(kAsks + "Content-Length: 9\r\n\r\nshort");
    tunnel.end_stream();
    ASSERT_EQ(tunnel.state(), State::asking);
    tunnel.give_credentials(kCredentials);
    EXPECT_EQ(tunnel.state(), State::reconnecting);
}

TEST(ConnectTunnelAuthentication, BytesThatBelongToNoResponseNeedANewConnection) {
    ConnectTunnel tunnel = after(kAsksWithBody + "HTTP/1.1 200 OK\r\n\r\n");
    ASSERT_EQ(tunnel.state(), State::asking);
    tunnel.give_credentials(kCredentials);
    EXPECT_EQ(tunnel.state(), State::reconnecting);
}

// RFC 9112 section 9.3.1.
TEST(ConnectTunnelAuthentication, AKeptConnectionThatClosesUnusedIsReplaced) {
    ConnectTunnel tunnel = after(kAsksWithBody);
    tunnel.give_credentials(kCredentials);
    tunnel.end_stream();
    EXPECT_EQ(tunnel.state(), State::reconnecting);
    tunnel.reconnected();
    EXPECT_NE(tunnel.take_request().find(kAuthorization), std::string::npos);
    tunnel.end_stream();
    EXPECT_EQ(failure(tunnel), ProxyError::closed_early);
}

TEST(ConnectTunnelAuthentication, AKeptConnectionThatClosesInAHeadIsAFailure) {
    ConnectTunnel tunnel = after(kAsksWithBody);
    tunnel.give_credentials(kCredentials);
    receive(tunnel, "HTTP");
    tunnel.end_stream();
    EXPECT_EQ(failure(tunnel), ProxyError::closed_early);
}

TEST(ConnectTunnelAuthentication, CredentialsAreGivenThreeTimesAtMost) {
    ConnectTunnel tunnel = after(kAsksWithBody);
    for (int attempt = 0; attempt < 3; ++attempt) {
        ASSERT_EQ(tunnel.state(), State::asking) << attempt;
        tunnel.give_credentials(kCredentials);
        EXPECT_NE(tunnel.take_request(), "");
        receive(tunnel, kAsksWithBody);
    }
    EXPECT_EQ(failure(tunnel), ProxyError::credentials_rejected);
    EXPECT_EQ(tunnel.error().refusal->status, 407);
    EXPECT_EQ(tunnel.error().refusal->body, "body");
}

TEST(ConnectTunnelAuthentication, GivingUpSaysWhatIsMissing) {
    ConnectTunnel without = after(kAsksWithBody);
    without.give_up();
    EXPECT_EQ(failure(without), ProxyError::authentication_required);
    EXPECT_EQ(without.error().refusal->status, 407);

    ConnectTunnel with = after(kAsksWithBody, kCredentials);
    with.give_up();
    EXPECT_EQ(failure(with), ProxyError::credentials_rejected);
}

TEST(ConnectTunnelAuthentication, CredentialsThatBasicCannotCarryFail) {
    ConnectTunnel tunnel = after(kAsksWithBody);
    tunnel.give_credentials({"us:er", "secret"});
    EXPECT_EQ(failure(tunnel), ProxyError::credentials_invalid);
}

TEST(ConnectTunnelAuthentication, OnlyBasicIsSpoken) {
    for (const char* offered : {"Proxy-Authenticate: Negotiate, Digest realm=\"a, Basic\"\r\n",
                                "Proxy-Authenticate: Basic realm=\"broken\r\n", ""}) {
        EXPECT_EQ(failure(after("HTTP/1.1 407 x\r\n" + std::string(offered) +
                                "Content-Length: 0\r\n\r\n")),
                  ProxyError::authentication_unsupported)
            << offered;
    }
}

TEST(ConnectTunnelAuthentication, A401OfAProxyIsARefusal) {
    EXPECT_EQ(failure(after("HTTP/1.1 401 x\r\nWWW-Authenticate: Basic realm=x\r\n"
                            "Content-Length: 0\r\n\r\n")),
              ProxyError::refused);
}

TEST(ConnectTunnelAuthentication, ARefusalAfterA407ForgetsTheFirstAnswer) {
    ConnectTunnel tunnel = after(kAsksWithBody);
    tunnel.give_credentials(kCredentials);
    receive(tunnel, "HTTP/1.1 403 no\r\nContent-Length: 2\r\n\r\nno");
    EXPECT_EQ(failure(tunnel), ProxyError::refused);
    EXPECT_EQ(tunnel.error().refusal->body, "no");
    EXPECT_EQ(tunnel.error().refusal->headers.size(), 1u);
}

TEST(ConnectTunnelAuthenticationDeathTest, CredentialsMayOnlyBeGivenWhenAsked) {
    ConnectTunnel tunnel({"a", 80});
    EXPECT_DEATH(tunnel.give_credentials(kCredentials), "contract broken");
    EXPECT_DEATH(tunnel.give_up(), "contract broken");
}

}  // namespace
}  // namespace tautline::proxy
