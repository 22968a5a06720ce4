// SPDX-License-Identifier: MIT
#include <tautline/transport/self_signed.hpp>

#include <gtest/gtest.h>
#include <tests/support/tls_pair.hpp>

namespace tautline::transport {
namespace {

using test::TlsPair;

TlsPair pair_for(const CertificateAndKey& made) {
    TlsClientOptions client;
    client.ca_pem = made.certificate_pem;
    TlsServerOptions server;
    server.certificate_pem = made.certificate_pem;
    server.key_pem = made.key_pem;
    return {client, server};
}

TEST(SelfSigned, IsAcceptedForLocalhostByThoseWhoTrustIt) {
    TlsPair pair = pair_for(*make_self_signed());

    EXPECT_TRUE(pair.open("localhost"));
}

TEST(SelfSigned, IsAcceptedForTheLoopbackAddresses) {
    const auto made = *make_self_signed();
    TlsPair version4 = pair_for(made);
    TlsPair version6 = pair_for(made);

    EXPECT_TRUE(version4.open("127.0.0.1"));
    EXPECT_TRUE(version6.open("::1"));
}

TEST(SelfSigned, IsNotAcceptedForAnotherHost) {
    TlsPair pair = pair_for(*make_self_signed());

    EXPECT_EQ(pair.client_error("example.org").code, TransportError::certificate_rejected);
}

TEST(SelfSigned, IsForTheNamesThatAreAskedFor) {
    TlsPair pair = pair_for(*make_self_signed({std::string(100, 'a') + ".test", "*.example.test"}));

    EXPECT_TRUE(pair.open("chat.example.test"));
}

TEST(SelfSigned, DiffersEveryTime) {
    EXPECT_NE(make_self_signed()->key_pem, make_self_signed()->key_pem);
}

TEST(SelfSigned, RefusesToBeForNobody) {
    EXPECT_EQ(make_self_signed({}).error().code, UsageError::option_invalid);
    EXPECT_EQ(make_self_signed({"localhost", ""}).error().code, UsageError::option_invalid);
}

}  // namespace
}  // namespace tautline::transport
