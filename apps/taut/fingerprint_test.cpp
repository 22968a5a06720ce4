// SPDX-License-Identifier: MIT
#include <string>

#include <gtest/gtest.h>

#include "fingerprint.hpp"

namespace tautline::taut {
namespace {

// Not a certificate, but the SHA-256 of "abc" is a vector of FIPS 180-4.
TEST(Fingerprint, IsTheDigestOfTheBytesBetweenTheMarks) {
    EXPECT_EQ(certificate_fingerprint("-----BEGIN CERTIFICATE-----\nYWJj\n"
                                      "-----END CERTIFICATE-----\n"),
              "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:"
              "B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD");
}

TEST(Fingerprint, OfTextWithoutACertificateIsEmpty) {
    EXPECT_EQ(certificate_fingerprint(""), "");
    EXPECT_EQ(certificate_fingerprint("-----BEGIN CERTIFICATE-----\nYWJj\n"), "");
    EXPECT_EQ(certificate_fingerprint("-----BEGIN CERTIFICATE-----\n?\n"
                                      "-----END CERTIFICATE-----\n"),
              "");
}

// The pin is what `openssl x509 -pubkey`, `openssl pkey -outform der` and SHA-256 make of it.
TEST(PinOfCertificate, IsTheDigestOfItsPublicKey) {
    EXPECT_EQ(
        pin_of_certificate("-----BEGIN CERTIFICATE-----\n"
                           "MIIBfTCCASOgAwIBAgIUMzg5diCubDfp/qxZMoX9ck70zzwwCgYIKoZIzj0EAwIw\n"
                           "FDESMBAGA1UEAwwJbG9jYWxob3N0MB4XDTI2MTEyMjExMzcyOVoXDTI2MTEyMzEx\n"
                           "MzcyOVowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0D\n"
                           "AQcDQgAEah3qAjlImjCqYsByOY0JUVfSHgUrbzFpsdmpAFZEo1RWwqVkdYdrZ+os\n"
                           "67E29zAF7GTVx4Ty3VZLXQQkFsOVNqNTMFEwHQYDVR0OBBYEFKAFrhRlhSv3xfdB\n"
                           "QcQLMGTf1xSxMB8GA1UdIwQYMBaAFKAFrhRlhSv3xfdBQcQLMGTf1xSxMA8GA1Ud\n"
                           "EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAOTe/9trZZ0CP85fUf1+CveU\n"
                           "zgf2CfOUYbf2gxWbP3jPAiB2oaDHQwtM1bnuWQDT3e8ShoqK3rP7spbxtcqb+Pau\n"
                           "ug==\n"
                           "-----END CERTIFICATE-----\n"),
        "tqDbK2gy+WC7lXjatt4tgeFWvCUi42JvUA5/CDIfhso=");
    EXPECT_EQ(pin_of_certificate("-----BEGIN CERTIFICATE-----\nYWJj\n"
                                 "-----END CERTIFICATE-----\n"),
              "");
}

}  // namespace
}  // namespace tautline::taut
