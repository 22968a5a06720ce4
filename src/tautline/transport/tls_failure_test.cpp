// SPDX-License-Identifier: MIT
#include <tautline/transport/tls_failure.hpp>

#include <gtest/gtest.h>

#include <tautline/transport/openssl.hpp>

namespace tautline::transport {
namespace {

Error error_for(int reason, TlsSide side) {
    // OpenSSL knows the words only then; whoever has a context has done it.
    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr);
    return tls_error_for(ERR_PACK(ERR_LIB_SSL, 0, reason), side);
}

bool says(const Error& error, std::string_view text) {
    return error.message.find(text) != std::string::npos;
}

TEST(TlsFailure, TellsAClientThatTheServerAsksForACertificate) {
    const Error error = error_for(SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, TlsSide::client);

    EXPECT_EQ(error.code, TransportError::client_certificate_required);
    EXPECT_TRUE(says(error, "wants a client certificate"));
}

TEST(TlsFailure, TellsAClientThatItsCertificateWasRefused) {
    EXPECT_EQ(error_for(SSL_R_TLSV1_ALERT_UNKNOWN_CA, TlsSide::client).code,
              TransportError::client_certificate_required);
    EXPECT_EQ(error_for(SSL_R_TLSV1_ALERT_UNKNOWN_CA, TlsSide::server).code,
              TransportError::tls_failed);
}

TEST(TlsFailure, KnowsTheRefusalThatComesAfterOurHandshake) {
    const auto refusal = late_refusal(TransportError::client_certificate_required);

    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->phase, Phase::tls);
    EXPECT_TRUE(says(*refusal, "wants a client certificate"));
    EXPECT_FALSE(late_refusal(TransportError::closed_early));
    EXPECT_FALSE(late_refusal({}));
}

TEST(TlsFailure, TellsThatThereIsNoCipherInCommon) {
    EXPECT_TRUE(says(error_for(SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, TlsSide::client), "no cipher"));
}

TEST(TlsFailure, TellsEachSideWhyItsCertificateMayBeRefused) {
    EXPECT_TRUE(says(error_for(SSL_R_TLSV1_ALERT_UNKNOWN_CA, TlsSide::client), "server trusts"));
    EXPECT_TRUE(
        says(error_for(SSL_R_TLSV1_ALERT_UNKNOWN_CA, TlsSide::server), "Clients must trust"));
}

TEST(TlsFailure, TellsTheReasonOfEverythingElse) {
    EXPECT_TRUE(says(error_for(SSL_R_BAD_SIGNATURE, TlsSide::client), "bad signature"));
    EXPECT_TRUE(says(tls_error_for(0, TlsSide::client), "unknown reason"));
}

TEST(TlsFailure, DoesNotMistakeTheReasonsOfAnotherLibrary) {
    const Error error =
        tls_error_for(ERR_PACK(ERR_LIB_X509, 0, SSL_R_WRONG_VERSION_NUMBER), TlsSide::client);

    EXPECT_FALSE(says(error, "ws://"));
}

TEST(TlsFailure, TellsWhoseCertificateWasRefused) {
    EXPECT_EQ(rejection_error("expired.", TlsSide::client).message, "expired.");
    EXPECT_EQ(rejection_error("expired.", TlsSide::server).message, "client certificate: expired.");
}

}  // namespace
}  // namespace tautline::transport
