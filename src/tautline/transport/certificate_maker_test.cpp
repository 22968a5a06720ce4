// SPDX-License-Identifier: MIT
#include <tautline/transport/certificate_maker.hpp>

#include <gtest/gtest.h>

namespace tautline::transport {
namespace {

using std::chrono::hours;

TEST(CertificateMaker, SignsWithItsOwnKeyWhenThereIsNoIssuer) {
    const auto made = make_identity({.common_name = "self"});

    EXPECT_EQ(X509_verify(made->certificate.get(), made->key.get()), 1);
}

TEST(CertificateMaker, SignsWithTheKeyOfTheIssuer) {
    const auto authority = make_identity({.common_name = "authority", .authority = true});

    const auto made = make_identity({.common_name = "leaf"}, &*authority);

    EXPECT_EQ(X509_verify(made->certificate.get(), authority->key.get()), 1);
    EXPECT_EQ(X509_check_issued(authority->certificate.get(), made->certificate.get()), X509_V_OK);
}

TEST(CertificateMaker, TellsAnAuthorityFromALeaf) {
    const auto authority = make_identity({.common_name = "authority", .authority = true});
    const auto leaf = make_identity({.common_name = "leaf"});

    EXPECT_EQ(X509_check_ca(authority->certificate.get()), 1);
    EXPECT_EQ(X509_check_ca(leaf->certificate.get()), 0);
}

TEST(CertificateMaker, CountsTheValidityFromNow) {
    const auto made =
        make_identity({.common_name = "old", .valid_since = hours(-48), .valid_until = hours(-24)});

    EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(made->certificate.get())), 0);
    EXPECT_LT(X509_cmp_current_time(X509_get0_notAfter(made->certificate.get())), 0);
}

TEST(CertificateMaker, GivesEveryCertificateAPositiveSerialNumber) {
    for (int i = 0; i < 20; ++i) {
        const auto made = make_identity({.common_name = "serial"});
        const ASN1_INTEGER* serial = X509_get0_serialNumber(made->certificate.get());
        EXPECT_EQ(ASN1_STRING_type(serial), V_ASN1_INTEGER);
    }
}

TEST(CertificateMaker, RefusesACommonNameThatIsTooLong) {
    EXPECT_FALSE(make_identity({.common_name = std::string(65, 'x')}));
    ERR_clear_error();
}

TEST(CertificateMaker, WritesPem) {
    const auto made = make_identity({.common_name = "pem"});

    EXPECT_TRUE(made->certificate_pem().starts_with("-----BEGIN CERTIFICATE-----\n"));
    EXPECT_TRUE(made->key_pem().starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

}  // namespace
}  // namespace tautline::transport
