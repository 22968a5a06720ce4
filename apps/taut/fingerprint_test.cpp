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

}  // namespace
}  // namespace tautline::taut
