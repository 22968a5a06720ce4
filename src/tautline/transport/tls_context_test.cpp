// SPDX-License-Identifier: MIT
#include <tautline/transport/tls_context.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <tests/support/tls_pair.hpp>
#include <unistd.h>

#include <tautline/transport/tls_state.hpp>

namespace tautline::transport {
namespace {

using test::client_options;
using test::server_options_for;
using test::test_authority;
using test::TlsPair;

// A folder of its own for the files of one test.
struct TlsContextTest : testing::Test {
    TlsContextTest() {
        std::string pattern = testing::TempDir() + "tls_context_test.XXXXXX";
        folder = ::mkdtemp(pattern.data());
    }
    ~TlsContextTest() override { std::filesystem::remove_all(folder); }

    std::string write_file(const std::string& name, const std::string& text) const {
        const std::string path = folder / name;
        std::ofstream(path) << text;
        return path;
    }
    std::filesystem::path folder;
};

Error client_refusal(const TlsClientOptions& options) {
    const auto made = TlsClientContext::make(options);
    return made ? Error{} : made.error();
}

Error server_refusal(const TlsServerOptions& options) {
    const auto made = TlsServerContext::make(options);
    return made ? Error{} : made.error();
}

bool says(const Error& error, std::string_view text) {
    return error.message.find(text) != std::string::npos;
}

// ── whom to trust ──

int trusted_by(const TlsClientOptions& options) {
    const auto made = TlsClientContext::make(options);
    X509_STORE* store = SSL_CTX_get_cert_store((*made)->state().context.get());
    return sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
}

TEST_F(TlsContextTest, ReadsWhatTheSystemTrustsOnlyToVerify) {
    const auto file = write_file("system.pem", test_authority().certificate_pem());
    ::setenv("SSL_CERT_FILE", file.c_str(), 1);
    EXPECT_EQ(trusted_by({}), 1);
    EXPECT_EQ(trusted_by({.unsafe_skip_verification = true}), 0);
    ::unsetenv("SSL_CERT_FILE");
}

TEST_F(TlsContextTest, RowT02RefusesACaFileThatIsMissing) {
    TlsClientOptions options;
    options.ca_file = folder / "none.pem";

    const Error error = client_refusal(options);

    EXPECT_EQ(error.code, UsageError::option_invalid);
    EXPECT_EQ(error.phase, Phase::tls);
    EXPECT_TRUE(says(error, "none.pem\": No such file"));
}

TEST_F(TlsContextTest, RowT02RefusesACaFileThatCannotBeRead) {
    TlsClientOptions options;
    options.ca_file = folder;

    EXPECT_TRUE(says(client_refusal(options), "Is a directory"));
}

TEST_F(TlsContextTest, RowT02RefusesACaFileThatIsEmpty) {
    TlsClientOptions options;
    options.ca_file = write_file("empty.pem", "");

    EXPECT_TRUE(says(client_refusal(options), "holds no certificate"));
}

TEST_F(TlsContextTest, RowT02RefusesACaFileWithoutACertificate) {
    TlsClientOptions options;
    options.ca_file = write_file("text.pem", "Hello, world.\n");

    EXPECT_TRUE(says(client_refusal(options), "holds no certificate"));
}

TEST_F(TlsContextTest, RowT02RefusesACaFileThatIsDamagedAtItsEnd) {
    const std::string pem = test_authority().certificate_pem();
    TlsClientOptions options;
    options.ca_file = write_file("cut.pem", pem + pem.substr(0, pem.size() / 2));

    EXPECT_TRUE(says(client_refusal(options), "is damaged"));
}

TEST_F(TlsContextTest, RowT02RefusesACaTextThatIsDamaged) {
    TlsClientOptions options;
    options.ca_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    EXPECT_TRUE(says(client_refusal(options), "ca_pem is damaged"));
}

TEST_F(TlsContextTest, TrustsWhatTheCaFileHolds) {
    TlsClientOptions options;
    options.ca_file = write_file("ca.pem", "Comment.\n" + test_authority().certificate_pem());
    TlsPair pair(options, server_options_for({"localhost"}));

    EXPECT_TRUE(pair.open());
}

TEST_F(TlsContextTest, TrustsTheCaFileAndTheCaText) {
    const auto other = make_identity({.common_name = "Other", .authority = true});
    TlsClientOptions options = client_options();
    options.ca_file = write_file("ca.pem", other->certificate_pem());
    TlsPair pair(options, server_options_for({"localhost"}));

    EXPECT_TRUE(pair.open());
}

TEST_F(TlsContextTest, TrustsAnIntermediateThatIsNamed) {
    const auto between =
        make_identity({.common_name = "Between", .authority = true}, &test_authority());
    TlsClientOptions options;
    options.ca_pem = between->certificate_pem();
    TlsPair pair(options, test::server_options(*make_identity(
                              {.common_name = "leaf", .names = {"localhost"}}, &*between)));

    EXPECT_TRUE(pair.open());
}

TEST_F(TlsContextTest, TrustsTheSystemByDefaultAsItsVariablesSay) {
    const std::string path = write_file("system.pem", test_authority().certificate_pem());
    ::setenv("SSL_CERT_FILE", path.c_str(), 1);
    TlsPair pair({}, server_options_for({"localhost"}));
    ::unsetenv("SSL_CERT_FILE");

    EXPECT_TRUE(pair.open());
}

TEST_F(TlsContextTest, RowT02DoesNotTrustTheTestAuthorityByDefault) {
    TlsPair pair({}, server_options_for({"localhost"}));

    EXPECT_EQ(pair.client_error().code, TransportError::certificate_rejected);
}

TEST_F(TlsContextTest, RefusesAPinThatIsNone) {
    for (const char* pin : {"", "abc", "AAAA", "sha256//!"}) {
        TlsClientOptions options;
        options.pinned_keys = {pin};
        EXPECT_TRUE(says(client_refusal(options), "is not the base64 of a SHA-256")) << pin;
    }
}

// ── who it is ──

TEST_F(TlsContextTest, RefusesAServerWithoutACertificate) {
    EXPECT_TRUE(says(server_refusal({}), "needs a certificate"));
}

TEST_F(TlsContextTest, ReadsTheCertificateOfAServerFromFiles) {
    const auto text = server_options_for({"localhost"});
    TlsServerOptions options;
    options.certificate_file = write_file("cert.pem", text.certificate_pem);
    options.key_file = write_file("key.pem", text.key_pem);
    TlsPair pair(client_options(), options);

    EXPECT_TRUE(pair.open());
}

TEST_F(TlsContextTest, ReadsTheKeyFromTheCertificateFileWhenNoOtherIsNamed) {
    const auto text = server_options_for({"localhost"});
    TlsServerOptions options;
    options.certificate_file = write_file("both.pem", text.certificate_pem + text.key_pem);
    TlsPair pair(client_options(), options);

    EXPECT_TRUE(pair.open());
}

TEST_F(TlsContextTest, ReadsTheKeyFromTheCertificateTextWhenThereIsNoOther) {
    TlsServerOptions options = server_options_for({"localhost"});
    options.certificate_pem += std::exchange(options.key_pem, "");
    TlsPair pair(client_options(), options);

    EXPECT_TRUE(pair.open());
}

TEST_F(TlsContextTest, RefusesFilesThatAreMissing) {
    TlsServerOptions options;
    options.certificate_file = folder / "none.pem";
    EXPECT_TRUE(says(server_refusal(options), "certificate file"));

    options.certificate_file = write_file("cert.pem", server_options_for({"a"}).certificate_pem);
    options.key_file = folder / "none.pem";
    EXPECT_TRUE(says(server_refusal(options), "key file"));
}

TEST_F(TlsContextTest, RefusesAKeyOfAnotherCertificate) {
    TlsServerOptions options = server_options_for({"a"});
    options.key_pem = server_options_for({"b"}).key_pem;

    EXPECT_TRUE(says(server_refusal(options), "does not fit"));
}

TEST_F(TlsContextTest, RefusesAKeyThatIsNone) {
    TlsServerOptions options = server_options_for({"a"});
    options.key_pem = "no key";

    EXPECT_TRUE(says(server_refusal(options), "private key cannot be used"));
}

TEST_F(TlsContextTest, RefusesAKeyWithAPasswordInsteadOfAskingForIt) {
    const auto made = make_identity({.common_name = "leaf"});
    const OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
    unsigned char password[] = "secret";
    PEM_write_bio_PrivateKey(out.get(), made->key.get(), EVP_aes_128_cbc(), password, 6, nullptr,
                             nullptr);
    TlsServerOptions options = test::server_options(*made);
    options.key_pem = text_of(out.get());

    EXPECT_TRUE(says(server_refusal(options), "without a password"));
}

// ── client certificates ──

struct ClientCertificateTest : TlsContextTest {
    ClientCertificateTest() {
        server.client_ca_file = write_file("ca.pem", test_authority().certificate_pem());
    }
    void show(const Identity& identity) {
        client.certificate_file = write_file("client.pem", identity.certificate_pem());
        client.key_file = write_file("client.key", identity.key_pem());
    }
    TlsServerOptions server = server_options_for({"localhost"});
    TlsClientOptions client = client_options();
};

TEST_F(ClientCertificateTest, LetsAClientInWhoseIssuerIsTrusted) {
    show(*make_identity({.common_name = "Somebody"}, &test_authority()));
    TlsPair pair(client, server);

    ASSERT_TRUE(pair.open());
    EXPECT_EQ(pair.server->info().peer_subject, "CN=Somebody");
}

TEST_F(ClientCertificateTest, RefusesAClientWithoutACertificate) {
    TlsPair pair(client, server);
    pair.connect();
    pair.run();
    ASSERT_TRUE(pair.server_result);
    EXPECT_EQ(pair.server_result->error().code, TransportError::certificate_rejected);
    EXPECT_TRUE(says(pair.server_result->error(), "showed no certificate"));

    // In TLS 1.3 the client hears of it when its handshake is over already.
    pair.client->set_reading(true);
    pair.run();
    EXPECT_EQ(pair.at_client.end, TransportError::client_certificate_required);
}

TEST_F(ClientCertificateTest, RefusesAClientWhoseIssuerIsNotTrusted) {
    show(*make_identity({.common_name = "Nobody"}));
    TlsPair pair(client, server);
    pair.connect();
    pair.run();

    ASSERT_TRUE(pair.server_result);
    EXPECT_EQ(pair.server_result->error().code, TransportError::certificate_rejected);
    EXPECT_TRUE(says(pair.server_result->error(), "client certificate: the certificate is self"));
}

TEST_F(ClientCertificateTest, RefusesAClientCaFileThatIsMissing) {
    server.client_ca_file = folder / "none.pem";

    EXPECT_TRUE(says(server_refusal(server), "CA file"));
}

// ── versions and protocols ──

TEST_F(TlsContextTest, SpeaksTls12WithAnOldPeer) {
    TlsPair pair;
    SSL_CTX_set_max_proto_version(pair.server_context->state().context.get(), TLS1_2_VERSION);

    ASSERT_TRUE(pair.open());
    EXPECT_EQ(pair.client->info().tls_version, "TLSv1.2");
}

TEST_F(TlsContextTest, RefusesTls12WhenOnlyTls13IsAllowed) {
    TlsClientOptions client = client_options();
    client.require_tls13 = true;
    TlsPair pair(client, server_options_for({"localhost"}));
    SSL_CTX_set_max_proto_version(pair.server_context->state().context.get(), TLS1_2_VERSION);

    const Error error = pair.client_error();

    EXPECT_EQ(error.code, TransportError::tls_failed);
    EXPECT_TRUE(says(error, "no TLS version in common"));
}

TEST_F(TlsContextTest, RefusesAClientThatOnlySpeaksTls12WhenTls13IsRequired) {
    TlsServerOptions server = server_options_for({"localhost"});
    server.require_tls13 = true;
    TlsPair pair(client_options(), server);
    SSL_CTX_set_max_proto_version(pair.client_context->state().context.get(), TLS1_2_VERSION);

    EXPECT_TRUE(says(pair.client_error(), "no TLS version in common"));
    EXPECT_TRUE(says(pair.server_result->error(), "no TLS version in common"));
}

TEST_F(TlsContextTest, RowT03RefusesAClientWithoutAProtocolInCommon) {
    TlsPair pair;
    pair.client_context = *TlsClientContext::make(client_options(), {"h2"});

    EXPECT_TRUE(says(pair.client_error(), "ALPN"));
    EXPECT_TRUE(says(pair.server_result->error(), "ALPN"));
}

TEST_F(TlsContextTest, ChoosesTheFirstProtocolOfTheServerThatTheClientHas) {
    TlsPair pair;
    pair.client_context = *TlsClientContext::make(client_options(), {"a", "http/1.1", "h2"});
    pair.server_context = *TlsServerContext::make(server_options_for({"localhost"}), {"h2", "a"});

    ASSERT_TRUE(pair.open());
    EXPECT_EQ(pair.client->info().alpn, "h2");
}

TEST_F(TlsContextTest, AcceptsAClientThatOffersNoProtocol) {
    TlsPair pair;
    pair.client_context = *TlsClientContext::make(client_options(), {});

    ASSERT_TRUE(pair.open());
    EXPECT_EQ(pair.server->info().alpn, "");
}

TEST_F(TlsContextTest, AcceptsAServerThatChoosesNoProtocol) {
    TlsPair pair;
    pair.server_context = *TlsServerContext::make(server_options_for({"localhost"}), {});

    ASSERT_TRUE(pair.open());
    EXPECT_EQ(pair.client->info().alpn, "");
}

int choose_h2(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char*,
              unsigned int, void*) {
    *chosen = reinterpret_cast<const unsigned char*>("h2");
    *size = 2;
    return SSL_TLSEXT_ERR_OK;
}

TEST_F(TlsContextTest, RowT03RefusesAServerThatChoosesWhatWasNotOffered) {
    TlsPair pair;
    SSL_CTX_set_alpn_select_cb(pair.server_context->state().context.get(), &choose_h2, nullptr);

    EXPECT_EQ(pair.client_error().code, TransportError::tls_failed);
}

TEST_F(TlsContextTest, RefusesAProtocolNameThatCannotBeSent) {
    EXPECT_FALSE(TlsClientContext::make(client_options(), {""}));
    EXPECT_FALSE(TlsServerContext::make(server_options_for({"a"}), {std::string(256, 'x')}));
}

// ── the key log ──

TEST_F(TlsContextTest, AppendsSecretsToTheKeyLogThatOnlyItsOwnerCanRead) {
    TlsClientOptions client = client_options();
    client.key_log_file = write_file("keys", "first line\n");
    TlsServerOptions server = server_options_for({"localhost"});
    server.key_log_file = folder / "server keys";
    TlsPair pair(client, server);
    ASSERT_TRUE(pair.open());

    std::ifstream file(client.key_log_file);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    struct stat status{};
    ::stat(server.key_log_file.c_str(), &status);

    EXPECT_TRUE(text.starts_with("first line\n"));
    EXPECT_NE(text.find("\nCLIENT_TRAFFIC_SECRET_0 "), std::string::npos);
    EXPECT_TRUE(text.ends_with('\n'));
    EXPECT_GT(status.st_size, 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(TlsContextTest, RefusesAKeyLogThatCannotBeWritten) {
    TlsClientOptions options = client_options();
    options.key_log_file = folder / "none" / "keys";

    EXPECT_TRUE(says(client_refusal(options), "cannot write the key log"));
}

}  // namespace
}  // namespace tautline::transport
