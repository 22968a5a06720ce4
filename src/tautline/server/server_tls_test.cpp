// SPDX-License-Identifier: MIT
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/raw_client.hpp>
#include <tests/support/running_server.hpp>
#include <tests/support/tls_pair.hpp>
#include <unistd.h>

#include <tautline/blocking/web_socket.hpp>
#include <tautline/server/server.hpp>
#include <tautline/transport/self_signed.hpp>

namespace tautline {
namespace {

using namespace std::chrono_literals;
using test::RawClient;
using test::RunningServer;

struct ServerTlsTest : testing::Test {
    ServerTlsTest() {
        write_certificate();
        running.server.websocket(
            "/echo", {.on_message = [](Peer& peer, MessageView message) { peer.send(message); }});
    }
    ~ServerTlsTest() override { std::filesystem::remove_all(folder); }

    void write_certificate() {
        const auto made = *transport::make_self_signed();
        certificate = made.certificate_pem;
        std::ofstream(folder / "certificate.pem") << made.certificate_pem;
        std::ofstream(folder / "key.pem") << made.key_pem;
    }
    std::uint16_t start() {
        return running.start(
            {.tls = TlsServerOptions{.certificate_file = folder / "certificate.pem",
                                     .key_file = folder / "key.pem"}});
    }
    /// A client that shows a certificate of the test authority.
    [[nodiscard]] TlsClientOptions client_named(const std::string& name) const {
        const auto identity =
            *transport::make_identity({.common_name = name}, &test::test_authority());
        std::ofstream(folder / (name + ".pem")) << identity.certificate_pem();
        std::ofstream(folder / (name + "-key.pem")) << identity.key_pem();
        return {.ca_pem = certificate,
                .certificate_file = folder / (name + ".pem"),
                .key_file = folder / (name + "-key.pem")};
    }
    /// Whether a client that trusts `trusted` gets its message back.
    static bool echoes(std::uint16_t port, const std::string& trusted) {
        auto ws = blocking::connect("wss://127.0.0.1:" + std::to_string(port) + "/echo",
                                    {.tls = {.ca_pem = trusted}});
        if (!ws || !ws->send("hello")) return false;
        const auto message = ws->receive();
        return message && message->text() == "hello" && !ws->close().error;
    }

    std::filesystem::path folder = [] {
        char name[] = "/tmp/tautline-test-XXXXXX";
        return std::filesystem::path(::mkdtemp(name));
    }();
    std::string certificate;
    RunningServer running{{.handshake_timeout = 500ms}};
};

TEST_F(ServerTlsTest, Echoes) { EXPECT_TRUE(echoes(start(), certificate)); }

// With TLS 1.3 the refusal comes when the client's own handshake is done.
TEST_F(ServerTlsTest, TellsAClientOfEitherVersionThatItsCertificateIsWanted) {
    const auto port =
        running.start({.tls = TlsServerOptions{.certificate_file = folder / "certificate.pem",
                                               .key_file = folder / "key.pem",
                                               .client_ca_file = folder / "certificate.pem"}});
    for (const bool http2 : {false, true}) {
        ClientOptions options;
        options.tls.ca_pem = certificate;
        options.network.http_versions.http2 = http2;

        const auto ws =
            blocking::connect("wss://127.0.0.1:" + std::to_string(port) + "/echo", options);

        ASSERT_FALSE(ws);
        EXPECT_EQ(ws.error().code, TransportError::client_certificate_required);
        EXPECT_EQ(ws.error().phase, Phase::tls);
        EXPECT_NE(ws.error().message.find("client certificate"), std::string::npos);
    }
}

// Who opens the route, told from the certificate of the client, before it is a WebSocket.
TEST_F(ServerTlsTest, ARouteDecidesByTheCertificateOfTheClient) {
    std::ofstream(folder / "ca.pem") << test::test_authority().certificate_pem();
    running.server.websocket("/ann", {}, {.on_upgrade = [](UpgradeRequest request) {
                                 const auto& stream = request.stream();
                                 const bool ann = stream.secure && stream.peer_subject == "CN=ann";
                                 ann ? request.accept({{"X-Via", stream.alpn}})
                                     : request.reject(403);
                             }});
    const auto port =
        running.start({.tls = TlsServerOptions{.certificate_file = folder / "certificate.pem",
                                               .key_file = folder / "key.pem",
                                               .client_ca_file = folder / "ca.pem"}});
    for (const bool http2 : {false, true}) {
        for (const std::string name : {"ann", "eve"}) {
            ClientOptions options;
            options.network.http_versions.http2 = http2;
            options.tls = client_named(name);

            const auto ws =
                blocking::connect("wss://127.0.0.1:" + std::to_string(port) + "/ann", options);

            EXPECT_EQ(ws.has_value(), name == "ann") << (ws ? "" : ws.error().to_string());
            if (ws) {
                EXPECT_EQ(ws->info().response_fields.find("X-Via"), http2 ? "h2" : "http/1.1");
            } else {
                ASSERT_TRUE(ws.error().refusal) << ws.error().to_string();
                EXPECT_EQ(ws.error().refusal->status, 403);
            }
        }
    }
}

TEST_F(ServerTlsTest, TellsASecureEndpoint) {
    const auto endpoint = running.server.listen(
        {.tls = TlsServerOptions{.certificate_file = folder / "certificate.pem",
                                 .key_file = folder / "key.pem"}});
    ASSERT_TRUE(endpoint);
    EXPECT_TRUE(endpoint->url().starts_with("wss://127.0.0.1:"));
}

TEST_F(ServerTlsTest, DoesNotListenWithoutAUsableCertificate) {
    EXPECT_FALSE(running.server.listen({.tls = TlsServerOptions{}}));
    EXPECT_FALSE(running.server.listen({.tls = TlsServerOptions{.certificate_file = folder / "none",
                                                                .key_file = folder / "key.pem"}}));
}

// Row H04: TLS counts too.
TEST_F(ServerTlsTest, CutsAPeerThatStallsInTheTlsHandshake) {
    RawClient client(start());
    client.send("\x16\x03\x01\x01");

    (void)client.read_all();

    EXPECT_FALSE(client.broken());
}

TEST_F(ServerTlsTest, EndsAPeerThatDoesNotSpeakTls) {
    const auto port = start();
    RawClient client(port);
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");

    EXPECT_EQ(client.read_all().find("HTTP/"), std::string::npos);
    EXPECT_TRUE(echoes(port, certificate));
}

TEST_F(ServerTlsTest, UsesAReloadedCertificateForNewConnections) {
    const auto port = start();
    const std::string old = certificate;
    write_certificate();
    EXPECT_TRUE(echoes(port, old));

    EXPECT_TRUE(running.server.reload_certificates());

    EXPECT_TRUE(echoes(port, certificate));
    EXPECT_FALSE(echoes(port, old));
}

TEST_F(ServerTlsTest, KeepsTheOldCertificateWhenTheNewOneIsBroken) {
    const auto port = start();
    std::ofstream(folder / "certificate.pem") << "broken";

    EXPECT_FALSE(running.server.reload_certificates());

    EXPECT_TRUE(echoes(port, certificate));
}

TEST_F(ServerTlsTest, KeepsAllOldCertificatesWhenOneOfTheNewOnesIsBroken) {
    const std::string old = certificate;
    std::ofstream(folder / "other.pem") << old;
    std::filesystem::copy_file(folder / "key.pem", folder / "other-key.pem");
    const auto first = running.server.listen(
        {.tls = TlsServerOptions{.certificate_file = folder / "certificate.pem",
                                 .key_file = folder / "key.pem"}});
    ASSERT_TRUE(first);
    running.start({.tls = TlsServerOptions{.certificate_file = folder / "other.pem",
                                           .key_file = folder / "other-key.pem"}});
    write_certificate();
    std::ofstream(folder / "other.pem") << "broken";

    EXPECT_FALSE(running.server.reload_certificates());

    EXPECT_TRUE(echoes(first->port, old));
}

TEST_F(ServerTlsTest, KeepsOpenConnectionsWhenItReloads) {
    const auto port = start();
    auto ws = blocking::connect("wss://127.0.0.1:" + std::to_string(port) + "/echo",
                                {.tls = {.ca_pem = certificate}});
    ASSERT_TRUE(ws);
    write_certificate();
    ASSERT_TRUE(running.server.reload_certificates());

    EXPECT_TRUE(ws->send("still here"));
    EXPECT_EQ(ws->receive()->text(), "still here");
}

}  // namespace
}  // namespace tautline
