// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/connect_tunnel.hpp>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>

namespace tautline::proxy {
namespace {

using State = ConnectTunnel::State;
using test::ExactCopy;

void receive(ConnectTunnel& tunnel, std::string_view text) {
    tunnel.receive(ExactCopy(as_bytes(text)).bytes());
}

ConnectTunnel after(std::string_view text) {
    ConnectTunnel tunnel({"a.b", 80});
    EXPECT_NE(tunnel.take_request(), "");
    receive(tunnel, text);
    return tunnel;
}

std::error_code failure(const ConnectTunnel& tunnel) {
    EXPECT_EQ(tunnel.state(), State::failed);
    EXPECT_EQ(tunnel.error().phase, Phase::proxy);
    EXPECT_FALSE(tunnel.error().message.empty());
    return tunnel.error().code;
}

// RFC 9110 section 9.3.6.
TEST(ConnectTunnel, WritesTheAuthorityAsTargetAndHost) {
    ConnectTunnel tunnel({"example.org", 443}, {}, "x/1");
    EXPECT_EQ(tunnel.take_request(),
              "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\nUser-Agent: "
              "x/1\r\n\r\n");
    EXPECT_EQ(tunnel.take_request(), "");
}

TEST(ConnectTunnel, PutsIpv6IntoBrackets) {
    ConnectTunnel tunnel({"2001:db8::1", 80});
    EXPECT_EQ(tunnel.take_request(),
              "CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n");
}

TEST(ConnectTunnel, SendsCredentialsAheadOfTime) {
    ConnectTunnel tunnel({"a", 80}, Credentials{"Aladdin", "open sesame"});
    EXPECT_EQ(tunnel.take_request(),
              "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n"
              "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
}

TEST(ConnectTunnel, H23_AHostThatWouldChangeTheRequestIsNotSent) {
    for (const char* host : {"", "a\r\nX: y", "a b", "a:1", "a/", "u@a"}) {
        ConnectTunnel tunnel({host, 80});
        EXPECT_EQ(failure(tunnel), ProxyError::target_invalid) << host;
        EXPECT_EQ(tunnel.take_request(), "");
    }
}

TEST(ConnectTunnel, CredentialsThatBasicCannotCarryAreNotSent) {
    ConnectTunnel tunnel({"a", 80}, Credentials{"us:er", "pw"});
    EXPECT_EQ(failure(tunnel), ProxyError::credentials_invalid);
    EXPECT_EQ(tunnel.take_request(), "");
}

TEST(ConnectTunnel, AUserAgentThatCannotBeWrittenIsNotSent) {
    ConnectTunnel tunnel({"a", 80}, {}, "a\r\nb");
    EXPECT_EQ(failure(tunnel), ProxyError::target_invalid);
}

TEST(ConnectTunnel, OpensWithEvery2xx) {
    for (const char* status : {"200 OK", "201 Created", "204 No Content", "299"}) {
        EXPECT_EQ(after("HTTP/1.1 " + std::string(status) + "\r\n\r\n").state(), State::open);
    }
    EXPECT_EQ(after("HTTP/1.0 200 Connection established\r\n\r\n").state(), State::open);
}

TEST(ConnectTunnel, H23_A2xxHasNoBodyWhateverItSays) {
    ConnectTunnel tunnel =
        after("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
    EXPECT_EQ(tunnel.state(), State::open);
    EXPECT_EQ(as_text(tunnel.rest().readable()), "5\r\nab");
}

TEST(ConnectTunnel, KeepsWhatComesBehindTheHead) {
    ConnectTunnel tunnel = after("HTTP/1.1 200 OK\r\n\r\nab");
    receive(tunnel, "cd");
    EXPECT_EQ(as_text(tunnel.rest().readable()), "abcd");
    tunnel.end_stream();
    EXPECT_EQ(tunnel.state(), State::open);
}

TEST(ConnectTunnel, SkipsEightInterimResponses) {
    std::string interim;
    for (int i = 0; i < 8; ++i) interim += "HTTP/1.1 102 Processing\r\n\r\n";
    EXPECT_EQ(after(interim + "HTTP/1.1 200 OK\r\n\r\n").state(), State::open);
    EXPECT_EQ(failure(after(interim + "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")),
              ProxyError::response_malformed);
}

TEST(ConnectTunnel, A101IsARefusal) {
    EXPECT_EQ(failure(after("HTTP/1.1 101 Switching Protocols\r\n\r\n")), ProxyError::refused);
}

TEST(ConnectTunnel, ARefusalTellsStatusReasonFieldsAndBody) {
    const ConnectTunnel tunnel =
        after("HTTP/1.1 403 Go Away\r\nContent-Length: 4\r\nX-A: b\r\n\r\nnope");
    EXPECT_EQ(failure(tunnel), ProxyError::refused);
    EXPECT_EQ(tunnel.error().message, "the proxy answered 403 Forbidden to CONNECT a.b:80");
    ASSERT_TRUE(tunnel.error().refusal);
    EXPECT_EQ(tunnel.error().refusal->status, 403);
    EXPECT_EQ(tunnel.error().refusal->reason, "Go Away");
    EXPECT_EQ(tunnel.error().refusal->headers.at(1),
              std::pair(std::string("X-A"), std::string("b")));
    EXPECT_EQ(tunnel.error().refusal->body, "nope");
}

TEST(ConnectTunnel, AStatusWithoutAPhraseIsShownAlone) {
    EXPECT_EQ(after("HTTP/1.1 599\r\nContent-Length: 0\r\n\r\n").error().message,
              "the proxy answered 599 to CONNECT a.b:80");
}

TEST(ConnectTunnel, ARefusalWaitsForTheWholeOrTheFirst1024BytesOfItsBody) {
    ConnectTunnel tunnel = after("HTTP/1.1 502 Bad Gateway\r\n\r\n" + std::string(1023, 'x'));
    EXPECT_EQ(tunnel.state(), State::reading);
    receive(tunnel, "yz");
    EXPECT_EQ(failure(tunnel), ProxyError::refused);
    EXPECT_EQ(tunnel.error().refusal->body, std::string(1023, 'x') + "y");
}

TEST(ConnectTunnel, ARefusalEndsWithTheStream) {
    ConnectTunnel tunnel = after("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 9\r\n\r\nshort");
    tunnel.end_stream();
    EXPECT_EQ(failure(tunnel), ProxyError::refused);
    EXPECT_EQ(tunnel.error().refusal->body, "short");
}

TEST(ConnectTunnel, ARefusalWithBrokenFramingIsStillARefusal) {
    EXPECT_EQ(failure(after("HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
              ProxyError::refused);
}

TEST(ConnectTunnel, FailsWhenTheStreamEndsBeforeTheHeadIsComplete) {
    ConnectTunnel tunnel = after("HTTP/1.1 200 OK\r\n");
    tunnel.end_stream();
    EXPECT_EQ(failure(tunnel), ProxyError::closed_early);
    EXPECT_FALSE(tunnel.error().refusal);
}

TEST(ConnectTunnel, FailsWhenTheAnswerIsNotHttp) {
    EXPECT_EQ(failure(after("SSH-2.0-x\r\n")), ProxyError::response_malformed);
    EXPECT_EQ(failure(after("HTTP/2.0 200 OK\r\n\r\n")), ProxyError::response_malformed);
}

TEST(ConnectTunnel, H23_TheHeadHasAtMost8KiB) {
    const std::string front = "HTTP/1.1 200 OK\r\nA: ";
    const std::string middle = "\r\nB: ";
    const std::string fill(8192 - front.size() - middle.size() - 4 - 4000, 'x');
    const std::string fits = front + std::string(4000, 'x') + middle + fill;
    EXPECT_EQ(after(fits + "\r\n\r\n").state(), State::open);
    EXPECT_EQ(failure(after(fits + "x\r\n\r\n")), ProxyError::response_too_large);
    EXPECT_EQ(failure(after(front + std::string(100000, 'x'))), ProxyError::response_too_large);
}

TEST(ConnectTunnel, IgnoresWhatComesAfterItFailed) {
    ConnectTunnel tunnel = after("nonsense");
    receive(tunnel, "HTTP/1.1 200 OK\r\n\r\n");
    tunnel.end_stream();
    EXPECT_EQ(failure(tunnel), ProxyError::response_malformed);
}

const std::string kWhole =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n\x81\x02hi";

TEST(ConnectTunnel, EveryPrefixNeedsMore) {
    for (std::size_t length = 0; length < kWhole.size() - 4; ++length) {
        EXPECT_EQ(after(kWhole.substr(0, length)).state(), State::reading) << length;
    }
}

TEST(ConnectTunnel, EverySplitInTwoGivesTheSame) {
    for (std::size_t split = 0; split <= kWhole.size(); ++split) {
        ConnectTunnel tunnel = after(kWhole.substr(0, split));
        receive(tunnel, kWhole.substr(split));
        EXPECT_EQ(tunnel.state(), State::open) << split;
        EXPECT_EQ(as_text(tunnel.rest().readable()), "\x81\x02hi") << split;
    }
}

}  // namespace
}  // namespace tautline::proxy
