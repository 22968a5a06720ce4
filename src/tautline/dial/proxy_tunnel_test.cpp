// SPDX-License-Identifier: MIT
#include <tautline/dial/proxy_tunnel.hpp>

#include <array>
#include <exception>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>

#include <tautline/transport/memory_stream.hpp>

namespace tautline::dial {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kConnected = "HTTP/1.1 200 OK\r\n\r\n";
constexpr std::string_view kRefused = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kWantsCredentials =
    "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kWantsCredentialsAndHangsUp =
    "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
    "Connection: close\r\nContent-Length: 0\r\n\r\n";

ProxyOptions with_credentials() {
    ProxyOptions options;
    options.authenticate = [](auto&&...) { return proxy::Credentials{"user", "pw"}; };
    return options;
}

// A proxy, played by the test: each connection to it is a pair of streams in memory.
struct Proxied {
    explicit Proxied(std::string_view url, ProxyOptions options = {}) {
        tunnel = std::make_unique<ProxyTunnel>(
            loop, *proxy::parse_proxy_url(url), proxy::Target{"example.org", 443},
            std::move(options), [this](OnStream done) { return reach(std::move(done)); });
        tunnel->start([this](auto stream) { result = std::move(stream); }, {},
                      [this](const std::exception_ptr& what) { thrown.push_back(what); });
        test::run_ready(context);
    }
    std::unique_ptr<TransportOperation> reach(OnStream done) {
        auto [near, far] = transport::make_memory_pair(loop);
        auto& side = sides.emplace_back();
        side.stream = std::move(far);
        side.stream->set_handler(&side.recorder);
        side.stream->set_reading(true);
        loop.post([done = std::move(done), stream = std::move(near)]() mutable {
            done(std::move(stream));
        });
        return nullptr;
    }
    void answer(std::string_view text) {
        const std::array<Bytes, 1> pieces{as_bytes(text)};
        EXPECT_EQ(sides.back().stream->write(pieces), text.size());
        test::run_ready(context);
    }
    [[nodiscard]] bool finish() {
        return test::run_until(context, [this] { return result.has_value(); });
    }
    // What comes out of the stream that was given.
    void read_all(test::StreamRecorder& recorder) {
        ASSERT_TRUE(result && *result);
        auto& stream = **result;
        stream->set_handler(&recorder);
        stream->set_reading(true);
        test::run_ready(context);
    }
    [[nodiscard]] const std::string& asked() const { return sides.back().recorder.received; }

    struct Side {
        test::StreamRecorder recorder;
        std::unique_ptr<transport::MemoryStream> stream;
    };
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    std::list<Side> sides;
    std::unique_ptr<ProxyTunnel> tunnel;
    std::optional<std::expected<Stream, Error>> result;
    std::vector<std::exception_ptr> thrown;
};

TEST(ProxyTunnel, GivesTheStreamWhenTheProxyHasConnected) {
    Proxied proxied("http://proxy.test:3128");
    EXPECT_THAT(proxied.asked(), StartsWith("CONNECT example.org:443 HTTP/1.1\r\n"));

    proxied.answer(kConnected);

    ASSERT_TRUE(proxied.result);
    EXPECT_TRUE(*proxied.result);
}

TEST(ProxyTunnel, H23_KeepsBytesBehindTheHead) {
    Proxied proxied("http://proxy.test:3128");
    proxied.answer("HTTP/1.1 200 OK\r\n\r\nearly");

    test::StreamRecorder recorder;
    proxied.read_all(recorder);

    EXPECT_EQ(recorder.received, "early");
}

TEST(ProxyTunnel, AsksForCredentialsAndTriesAgain) {
    Proxied proxied("http://proxy.test:3128", with_credentials());

    proxied.answer(kWantsCredentials);
    EXPECT_THAT(proxied.asked(), HasSubstr("Proxy-Authorization: Basic dXNlcjpwdw=="));
    proxied.answer(kConnected);

    ASSERT_TRUE(proxied.result);
    EXPECT_TRUE(*proxied.result);
    EXPECT_EQ(proxied.sides.size(), 1U);
}

TEST(ProxyTunnel, ConnectsAgainToAProxyThatHangsUp) {
    Proxied proxied("http://proxy.test:3128", with_credentials());

    proxied.answer(kWantsCredentialsAndHangsUp);

    ASSERT_EQ(proxied.sides.size(), 2U);
    proxied.answer(kConnected);
    ASSERT_TRUE(proxied.result);
    EXPECT_TRUE(*proxied.result);
}

TEST(ProxyTunnel, SaysThatCredentialsAreMissing) {
    Proxied proxied("http://proxy.test:3128");

    proxied.answer(kWantsCredentials);

    ASSERT_TRUE(proxied.result);
    EXPECT_EQ(proxied.result->error().code, ProxyError::authentication_required);
    EXPECT_EQ(proxied.result->error().phase, Phase::proxy);
    EXPECT_EQ(proxied.result->error().endpoint, "http://proxy.test:3128");
}

TEST(ProxyTunnel, L17_FailsWhenWhoeverHasTheCredentialsThrows) {
    ProxyOptions options;
    options.authenticate = [](auto&&...) -> std::optional<proxy::Credentials> { throw 1; };
    Proxied proxied("http://proxy.test:3128", std::move(options));

    EXPECT_NO_THROW(proxied.answer(kWantsCredentials));

    ASSERT_TRUE(proxied.finish());
    EXPECT_EQ(proxied.result->error().code, UsageError::handler_threw);
    ASSERT_EQ(proxied.thrown.size(), 1U);
    EXPECT_THROW(std::rethrow_exception(proxied.thrown[0]), int);
}

TEST(ProxyTunnel, H23_TellsNoCredentials) {
    Proxied proxied("http://user:s3cret@proxy.test:3128");
    EXPECT_THAT(proxied.asked(), HasSubstr("Proxy-Authorization: Basic "));

    proxied.answer(kRefused);

    ASSERT_TRUE(proxied.result);
    EXPECT_THAT(proxied.result->error().to_string(), testing::Not(HasSubstr("s3cret")));
}

TEST(ProxyTunnel, SpeaksSocks) {
    Proxied proxied("socks5h://proxy.test:1080");
    EXPECT_EQ(proxied.asked(), std::string("\x05\x01\x00", 3));

    proxied.answer(std::string("\x05\x00", 2));
    EXPECT_THAT(proxied.asked(), HasSubstr("example.org"));
    proxied.answer(std::string("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10));

    ASSERT_TRUE(proxied.result);
    EXPECT_TRUE(*proxied.result);
}

TEST(ProxyTunnel, SaysThatTheProxyHungUp) {
    Proxied proxied("http://proxy.test:3128");

    proxied.sides.back().stream->shut_down();
    test::run_ready(proxied.context);

    ASSERT_TRUE(proxied.result);
    EXPECT_EQ(proxied.result->error().code, ProxyError::closed_early);
}

// A route that fails so is not the word of a proxy that hung up in order.
TEST(ProxyTunnel, TellsThatTheConnectionToTheProxyBroke) {
    Proxied proxied("http://proxy.test:3128");

    proxied.sides.back().stream->fail(make_error_code(std::errc::connection_reset));

    ASSERT_TRUE(proxied.finish());
    EXPECT_EQ(proxied.result->error().code, std::errc::connection_reset);
    EXPECT_EQ(proxied.result->error().phase, Phase::proxy);
    EXPECT_THAT(proxied.result->error().message, HasSubstr("broke before the tunnel stood"));
}

TEST(ProxyTunnel, KeepsARefusalBehindWhichTheConnectionBroke) {
    Proxied proxied("http://proxy.test:3128");
    proxied.answer("HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\n");

    proxied.sides.back().stream->fail(make_error_code(std::errc::connection_reset));

    ASSERT_TRUE(proxied.finish());
    EXPECT_EQ(proxied.result->error().code, ProxyError::refused);
}

TEST(ProxyTunnel, HangsUpOnAProxyThatRefused) {
    Proxied proxied("http://proxy.test:3128");

    proxied.answer(kRefused);

    ASSERT_TRUE(proxied.result);
    EXPECT_EQ(proxied.sides.back().recorder.ends, 1);
}

TEST(ProxyTunnel, H15_TellsARefusalWhoseConnectionStaysOpen) {
    Proxied proxied("http://proxy.test:3128");

    proxied.answer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 100\r\n\r\nhello");

    ASSERT_TRUE(proxied.finish());
    EXPECT_EQ(proxied.result->error().code, ProxyError::refused);
    EXPECT_EQ(proxied.result->error().refusal->status, 502);
    EXPECT_EQ(proxied.result->error().refusal->body, "hello");
}

TEST(ProxyTunnel, H15_TellsARefusalThatHasNoEnd) {
    Proxied proxied("http://proxy.test:3128");

    proxied.answer("HTTP/1.1 403 Forbidden\r\n\r\n");

    ASSERT_TRUE(proxied.finish());
    EXPECT_EQ(proxied.result->error().refusal->status, 403);
}

TEST(ProxyTunnel, H15_ConnectsAgainWhenTheRestOfAChallengeDoesNotCome) {
    Proxied proxied("http://proxy.test:3128", with_credentials());
    proxied.answer(
        "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 9\r\n\r\n");

    ASSERT_TRUE(test::run_until(proxied.context, [&] { return proxied.sides.size() == 2; }));
    test::run_ready(proxied.context);
    EXPECT_THAT(proxied.asked(), HasSubstr("Proxy-Authorization: Basic "));
    proxied.answer(kConnected);

    ASSERT_TRUE(proxied.result);
    EXPECT_TRUE(*proxied.result);
}

TEST(ProxyTunnel, HasNoDeadlineForAnAnswerItself) {
    Proxied proxied("http://proxy.test:3128");

    proxied.answer("HTTP/1.1 502 Bad Gate");

    EXPECT_EQ(proxied.loop.timers().size(), 0U);
    EXPECT_FALSE(proxied.result);
}

TEST(ProxyTunnel, LeavesAnEndBehindTheAnswerToTheStream) {
    Proxied proxied("http://proxy.test:3128");
    auto& far = *proxied.sides.back().stream;
    const std::array<Bytes, 1> pieces{as_bytes(kConnected)};
    (void)far.write(pieces);
    far.shut_down();
    test::run_ready(proxied.context);

    test::StreamRecorder recorder;
    proxied.read_all(recorder);

    EXPECT_EQ(recorder.ends, 1);
}

TEST(ProxyTunnel, TellsThatTheProxyWantsACertificateOfOurs) {
    struct Ending final : transport::ByteStream {
        void set_handler(transport::ByteStreamHandler* told) override { handler = told; }
        void set_reading(bool reading) override {
            if (reading) handler->on_end(TransportError::client_certificate_required);
        }
        std::size_t write(std::span<const Bytes> pieces) override { return pieces.front().size(); }
        bool broken() const override { return true; }
        void shut_down() override {}
        void close() override {}
        transport::StreamInfo info() const override { return {}; }
        transport::ByteStreamHandler* handler = nullptr;
    };
    asio::io_context context;
    auto& loop = io::Loop::of(context);
    std::optional<std::expected<Stream, Error>> result;
    ProxyTunnel tunnel(loop, *proxy::parse_proxy_url("https://p.test:1"), {"example.org", 443}, {},
                       [](OnStream done) {
                           done(std::make_unique<Ending>());
                           return nullptr;
                       });
    tunnel.start([&](auto stream) { result = std::move(stream); });

    ASSERT_TRUE(test::run_until(context, [&] { return result.has_value(); }));

    EXPECT_EQ(result->error().code, TransportError::client_certificate_required);
    EXPECT_EQ(result->error().phase, Phase::proxy);
    EXPECT_THAT(result->error().message, StartsWith("the proxy wants a client certificate"));
}

// What is said when the proxy could not be reached for `error`.
Error unreached(Error error, ProxyOptions options = {}) {
    asio::io_context context;
    std::optional<std::expected<Stream, Error>> result;
    ProxyTunnel tunnel(io::Loop::of(context), *proxy::parse_proxy_url("https://p.test:1"),
                       {"example.org", 443}, std::move(options), [&](OnStream done) {
                           done(std::unexpected(std::move(error)));
                           return nullptr;
                       });
    tunnel.start([&](auto stream) { result = std::move(stream); });
    return result->error();
}

TEST(ProxyTunnel, SaysThatACertificateIsThatOfTheProxy) {
    const auto error = unreached({.code = TransportError::certificate_rejected,
                                  .phase = Phase::tls,
                                  .endpoint = "192.0.2.1:1",
                                  .message = "it has expired."});

    EXPECT_EQ(error.code, TransportError::certificate_rejected);
    EXPECT_EQ(error.to_string(),
              "proxy: 192.0.2.1:1: the certificate of the proxy is refused: it has expired.");
}

TEST(ProxyTunnel, SaysThatTlsFailedOnTheWayToTheProxy) {
    const auto error = unreached(
        {.code = TransportError::tls_failed, .phase = Phase::tls, .message = "no cipher."});

    EXPECT_EQ(error.message, "TLS to the proxy: no cipher.");
}

TEST(ProxyTunnel, SaysWhoseCertificateOfOursWasNotAccepted) {
    const auto error =
        unreached({.code = TransportError::client_certificate_required, .phase = Phase::tls},
                  {.tls = {.certificate_file = "own.pem"}});

    EXPECT_THAT(error.message, StartsWith("the proxy did not accept our certificate"));
}

TEST(ProxyTunnel, LeavesOtherWordsAsTheyAre) {
    const auto error = unreached(
        {.code = TransportError::resolve_failed, .phase = Phase::resolve, .message = "unknown."});

    EXPECT_EQ(error.message, "unknown.");
    EXPECT_EQ(error.phase, Phase::proxy);
}

TEST(ProxyTunnel, HangsUpWhenItIsDestroyed) {
    Proxied proxied("http://proxy.test:3128");

    proxied.tunnel.reset();
    test::run_ready(proxied.context);

    EXPECT_EQ(proxied.sides.back().recorder.ends, 1);
    EXPECT_FALSE(proxied.result);
}

}  // namespace
}  // namespace tautline::dial
