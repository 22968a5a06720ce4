// SPDX-License-Identifier: MIT
#include <tautline/dial/attempt.hpp>

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/echo_server.hpp>
#include <tests/support/event_journal.hpp>
#include <tests/support/listener.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>

#include <tautline/transport/memory_stream.hpp>
#include <tautline/transport/self_signed.hpp>

namespace tautline::dial {
namespace {

struct Attempting {
    void begin(AttemptSetup setup) {
        attempt = std::make_unique<Attempt>(loop, std::move(setup),
                                            [this](auto done) { result = std::move(done); });
    }
    [[nodiscard]] bool finish() {
        return test::run_until(context, [this] { return result.has_value(); });
    }
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    std::unique_ptr<Attempt> attempt;
    std::optional<std::expected<Stream, Error>> result;
};

IpEndpoint loopback(std::uint16_t port) { return {IpAddress(IpAddress::V4{127, 0, 0, 1}), port}; }

ListenOptions secure() {
    const auto identity = transport::make_self_signed();
    ListenOptions options;
    options.tls = TlsServerOptions{.certificate_pem = identity->certificate_pem,
                                   .key_pem = identity->key_pem};
    return options;
}

std::shared_ptr<const transport::TlsClientContext> trusting(bool everything) {
    TlsClientOptions options;
    options.unsafe_skip_verification = everything;
    return *transport::TlsClientContext::make(options);
}

TEST(Attempt, GivesAStreamOverTcp) {
    test::SilentListener listener;
    Attempting attempting;
    attempting.begin({.target = listener.endpoint(), .tls = {}, .server_name = {}, .observed = {}});

    ASSERT_TRUE(attempting.finish());

    ASSERT_TRUE(*attempting.result);
    EXPECT_FALSE((**attempting.result)->info().secure);
}

TEST(Attempt, GivesAStreamOverTls) {
    test::EchoServer server(secure());
    server.start();
    Attempting attempting;
    attempting.begin({.target = loopback(server.port),
                      .tls = trusting(true),
                      .server_name = "localhost",
                      .observed = {}});

    ASSERT_TRUE(attempting.finish());

    ASSERT_TRUE(*attempting.result) << attempting.result->error().to_string();
    EXPECT_EQ((**attempting.result)->info().alpn, "http/1.1");
}

TEST(Attempt, NamesTheAddressWhoseCertificateIsWrong) {
    test::EchoServer server(secure());
    server.start();
    Attempting attempting;
    attempting.begin({.target = loopback(server.port),
                      .tls = trusting(false),
                      .server_name = "localhost",
                      .observed = {}});

    ASSERT_TRUE(attempting.finish());

    const Error& error = attempting.result->error();
    EXPECT_EQ(error.code, TransportError::certificate_rejected);
    EXPECT_EQ(error.endpoint, loopback(server.port).to_string());
}

TEST(Attempt, TellsThatNobodyListens) {
    Attempting attempting;
    attempting.begin(
        {.target = test::refusing_endpoint(), .tls = {}, .server_name = {}, .observed = {}});

    ASSERT_TRUE(attempting.finish());

    EXPECT_EQ(attempting.result->error().code, std::errc::connection_refused);
}

TEST(Attempt, ClosesWhatItHadOpenedWhenItIsGivenUp) {
    test::SilentListener listener;
    Attempting attempting;
    attempting.begin({.target = listener.endpoint(),
                      .tls = trusting(true),
                      .server_name = "localhost",
                      .observed = {}});
    auto peer = listener.accept();
    // The first byte of a ClientHello: now it waits for the answer.
    ASSERT_TRUE(test::poll_until(attempting.context, [&] { return peer.available() > 0; }));

    attempting.attempt.reset();
    test::run_ready(attempting.context);

    EXPECT_FALSE(attempting.result);
    std::array<char, 4096> received{};
    asio::error_code error;
    while (!error) peer.read_some(asio::buffer(received), error);
    EXPECT_EQ(error, asio::error::eof);
}

TEST(Attempt, TellsWhatWhoeverHasTheCredentialsForAProxyThrows) {
    Attempting attempting;
    std::unique_ptr<transport::MemoryStream> proxy;
    ProxyRoute via{.proxy = *proxy::parse_proxy_url("http://proxy.test:3128"), .options = {}};
    via.options.authenticate = [](auto&&...) -> std::optional<proxy::Credentials> {
        throw std::runtime_error("of credentials");
    };
    via.reach = [&](auto, auto, OnStream done) {
        auto [near, far] = transport::make_memory_pair(attempting.loop);
        proxy = std::move(far);
        (void)test::write_text(*proxy,
                               "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                               "Content-Length: 0\r\n\r\n");
        attempting.loop.post([done = std::move(done), stream = std::move(near)]() mutable {
            done(std::move(stream));
        });
        return nullptr;
    };
    const auto journal = std::make_shared<test::EventJournal>();
    const observe::CallId call = observe::next_call_id();
    attempting.begin({.target = eyeballs::NamedEndpoint{"example.org", 80},
                      .via = std::make_shared<const ProxyRoute>(std::move(via)),
                      .tls = {},
                      .server_name = {},
                      .observed = {journal, call}});

    ASSERT_TRUE(attempting.finish());

    EXPECT_THAT(journal->of(call),
                testing::ElementsAre("ProxyStarted", "HandlerThrew of credentials", "ProxyEnded"));
}

}  // namespace
}  // namespace tautline::dial
