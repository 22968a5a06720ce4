// SPDX-License-Identifier: MIT
#include <tautline/transport/tls_engine.hpp>

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/tls_pair.hpp>

namespace tautline::transport {
namespace {

using Progress = TlsEngine::Progress;

// A plain connection of OpenSSL that does what no honest peer does.
struct RogueClient {
    explicit RogueClient(int version) : context(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_set_max_proto_version(context.get(), version);
        ssl.reset(SSL_new(context.get()));
        SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl.get());
    }
    void receive(Buffer& bytes) {
        BIO_write(SSL_get_rbio(ssl.get()), bytes.readable().data(), static_cast<int>(bytes.size()));
        bytes.clear();
    }
    std::string take_output() {
        const std::string text = text_of(SSL_get_wbio(ssl.get()));
        (void)BIO_reset(SSL_get_wbio(ssl.get()));
        return text;
    }
    void update_key() {
        SSL_key_update(ssl.get(), SSL_KEY_UPDATE_REQUESTED);
        SSL_do_handshake(ssl.get());
    }
    void write(std::string_view text) {
        SSL_write(ssl.get(), text.data(), static_cast<int>(text.size()));
    }
    std::string read() {
        std::string text(100, 0);
        const int count = SSL_read(ssl.get(), text.data(), 100);
        text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return text;
    }
    OpensslPtr<SSL_CTX> context;
    OpensslPtr<SSL> ssl;
};

struct TlsEngineTest : testing::Test {
    void connect(int version = TLS1_3_VERSION) {
        client = std::make_unique<RogueClient>(version);
        auto progress = Progress::need_input;
        for (int i = 0; i < 10 && progress != Progress::done; ++i) {
            SSL_do_handshake(client->ssl.get());
            const std::string bytes = client->take_output();
            server.receive(as_bytes(bytes));
            progress = server.shake_hands();
            client->receive(server.output());
        }
        SSL_do_handshake(client->ssl.get());
        ASSERT_EQ(progress, Progress::done);
    }
    // Lets the server read all that the client has sent; returns the plaintext.
    std::string read_all() {
        const std::string bytes = client->take_output();
        server.receive(as_bytes(bytes));
        std::string text;
        for (;;) {
            const auto read = server.read(room);
            last = read.progress;
            if (read.progress != Progress::done) return text;
            text += as_text(MutableBytes(room).first(read.count));
        }
    }
    TlsEngine server{*TlsServerContext::make(test::server_options_for({"localhost"}))};
    std::unique_ptr<RogueClient> client;
    std::array<std::byte, TlsEngine::kRecordBytes> room{};
    Progress last = Progress::done;
};

TEST_F(TlsEngineTest, NeedsMoreAfterEveryPrefixOfAFlight) {
    client = std::make_unique<RogueClient>(TLS1_3_VERSION);
    SSL_do_handshake(client->ssl.get());
    const std::string hello = client->take_output();

    for (std::size_t i = 0; i + 1 < hello.size(); ++i) {
        server.receive(as_bytes(std::string_view(hello).substr(i, 1)));
        ASSERT_EQ(server.shake_hands(), Progress::need_input);
        ASSERT_TRUE(server.unused().empty());
        ASSERT_TRUE(server.output().empty());
    }
    server.receive(as_bytes(std::string_view(hello).substr(hello.size() - 1)));
    EXPECT_EQ(server.shake_hands(), Progress::need_input);
    EXPECT_FALSE(server.output().empty());
}

TEST_F(TlsEngineTest, LeavesWhatIsBehindARecordUnused) {
    connect();
    client->write("one");
    client->write("two");
    const std::string bytes = client->take_output();
    server.receive(as_bytes(bytes));

    const auto read = server.read(room);

    EXPECT_EQ(read.count, 3U);
    EXPECT_EQ(server.unused().size(), bytes.size() / 2);
}

TEST_F(TlsEngineTest, KeepsTheBufferThatHoldsAPartOfARecord) {
    connect();
    client->write("ping");
    const std::string bytes = client->take_output();
    std::string text;

    // It is asked to give its buffers back in the header, behind it, and in the body.
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        server.receive(as_bytes(std::string_view(bytes).substr(i, 1)));
        const auto read = server.read(room);
        text += as_text(MutableBytes(room).first(read.count));
        server.release_buffers();
    }

    EXPECT_EQ(text, "ping");
}

TEST_F(TlsEngineTest, KeepsTheBufferOfARecordThatWasReadInPart) {
    connect();
    client->write("ping");
    const std::string bytes = client->take_output();
    server.receive(as_bytes(bytes));
    std::string text;

    for (int i = 0; i < 4; ++i) {
        const auto read = server.read(MutableBytes(room).first(1));
        text += as_text(MutableBytes(room).first(read.count));
        server.release_buffers();
    }

    EXPECT_EQ(text, "ping");
}

TEST_F(TlsEngineTest, AnswersAKeyUpdate) {
    connect();
    client->update_key();
    client->write("after");

    EXPECT_EQ(read_all(), "after");
    ASSERT_TRUE(server.write(as_bytes("answer")));
    client->receive(server.output());

    EXPECT_EQ(client->read(), "answer");
}

TEST_F(TlsEngineTest, RowT03EndsAFloodOfKeyUpdates) {
    connect();
    for (int i = 0; i < 100; ++i) client->update_key();

    (void)read_all();

    EXPECT_EQ(last, Progress::failed);
    EXPECT_NE(server.failure().message.find("too many records"), std::string::npos);
}

TEST_F(TlsEngineTest, RowT03EndsAFloodOfKeyUpdatesBetweenData) {
    connect();
    for (int i = 0; i < 100; ++i) {
        client->update_key();
        client->write("x");
    }

    (void)read_all();

    EXPECT_EQ(last, Progress::failed);
}

TEST_F(TlsEngineTest, RowT03AllowsKeyUpdatesInProportionToTheData) {
    connect();
    std::string text;
    for (int i = 0; i < 2'000; ++i) {
        if (i % 20 == 0) client->update_key();
        client->write("x");
        text += read_all();
        client->receive(server.output());
    }

    EXPECT_EQ(text, std::string(2'000, 'x'));
    EXPECT_EQ(last, Progress::need_input);
}

TEST_F(TlsEngineTest, RowT03RefusesToRenegotiate) {
    connect(TLS1_2_VERSION);
    for (int i = 0; i < 5; ++i) {
        SSL_renegotiate(client->ssl.get());
        SSL_do_handshake(client->ssl.get());
    }

    (void)read_all();
    client->receive(server.output());
    const int result = SSL_do_handshake(client->ssl.get());

    EXPECT_NE(result, 1);
    EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
    ERR_clear_error();
}

// A server of OpenSSL that asks a client of ours to renegotiate, which only TLS 1.2 knows.
struct RogueServerTest : testing::Test {
    RogueServerTest() {
        const auto identity = make_identity({.common_name = "rogue"});
        SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
        SSL_CTX_use_certificate(context.get(), identity->certificate.get());
        SSL_CTX_use_PrivateKey(context.get(), identity->key.get());
        ssl.reset(SSL_new(context.get()));
        SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(ssl.get());
    }
    // Carries what each side has to say to the other one.
    Progress exchange() {
        const auto sent = client.shake_hands();
        send_to_server();
        SSL_do_handshake(ssl.get());
        take_from_server();
        return sent;
    }
    void send_to_server() {
        const auto bytes = client.output().readable();
        BIO_write(SSL_get_rbio(ssl.get()), bytes.data(), static_cast<int>(bytes.size()));
        client.output().clear();
    }
    void take_from_server() {
        received = text_of(SSL_get_wbio(ssl.get()));
        (void)BIO_reset(SSL_get_wbio(ssl.get()));
        client.receive(as_bytes(received));
    }
    void ask_again() {
        SSL_renegotiate(ssl.get());
        SSL_do_handshake(ssl.get());
    }
    static TlsClientOptions options() {
        TlsClientOptions options;
        options.unsafe_skip_verification = true;
        return options;
    }
    TlsEngine client{*TlsClientContext::make(options()), "localhost"};
    OpensslPtr<SSL_CTX> context{SSL_CTX_new(TLS_server_method())};
    OpensslPtr<SSL> ssl;
    std::string received;
    std::array<std::byte, TlsEngine::kRecordBytes> room{};
};

TEST_F(RogueServerTest, RowT03DoesNotRenegotiateWhenItIsAskedTo) {
    for (int i = 0; i < 5 && exchange() != Progress::done; ++i) continue;
    ask_again();
    take_from_server();
    ASSERT_EQ(client.read(room).progress, Progress::need_input);

    // The answer is an alert (its content type is not encrypted) instead of a ClientHello.
    ASSERT_FALSE(client.output().empty());
    EXPECT_EQ(client.output().readable().front(), std::byte{SSL3_RT_ALERT});
}

TEST_F(RogueServerTest, RowT03EndsAFloodOfHelloRequests) {
    for (int i = 0; i < 5 && exchange() != Progress::done; ++i) continue;
    for (int i = 0; i < 100; ++i) ask_again();
    take_from_server();

    EXPECT_EQ(client.read(room).progress, Progress::failed);
    EXPECT_NE(client.failure().message.find("too many records"), std::string::npos);
}

TEST_F(TlsEngineTest, RowT03EndsAFloodOfRecordsInTheHandshake) {
    client = std::make_unique<RogueClient>(TLS1_3_VERSION);
    SSL_do_handshake(client->ssl.get());
    std::string hello = client->take_output();
    // RFC 8446 section 5: a change_cipher_spec is dropped within a handshake, however often.
    server.receive(as_bytes(hello));
    ASSERT_EQ(server.shake_hands(), Progress::need_input);
    std::string flood;
    for (int i = 0; i < 1'000; ++i) flood += std::string("\x14\x03\x03\x00\x01\x01", 6);
    server.receive(as_bytes(flood));

    EXPECT_EQ(server.shake_hands(), Progress::failed);
}

TEST_F(TlsEngineTest, StaysFailedAfterAFailure) {
    connect();
    server.receive(as_bytes("rubbish, not a record"));
    ASSERT_EQ(server.read(room).progress, Progress::failed);

    EXPECT_EQ(server.read(room).progress, Progress::failed);
    EXPECT_EQ(server.shake_hands(), Progress::failed);
    EXPECT_FALSE(server.write(as_bytes("late")));
    server.output().clear();
    server.close_notify();
    EXPECT_TRUE(server.output().empty());
}

// The queue of errors belongs to the thread: others would take them for their own.
TEST_F(TlsEngineTest, LeavesNoErrorOfOpensslBehind) {
    connect();
    server.receive(as_bytes("rubbish, not a record"));

    ASSERT_EQ(server.read(room).progress, Progress::failed);

    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_F(TlsEngineTest, FailsToWriteAfterItsCloseNotify) {
    connect();
    server.close_notify();

    EXPECT_FALSE(server.write(as_bytes("late")));
    EXPECT_EQ(server.failure().code, TransportError::tls_failed);
}

}  // namespace
}  // namespace tautline::transport
