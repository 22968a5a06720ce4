// SPDX-License-Identifier: MIT
#include <tautline/transport/certificate_check.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/tls_pair.hpp>

#include <tautline/base/base64.hpp>

namespace tautline::transport {
namespace {

using std::chrono::days;
using std::chrono::hours;
using test::server_options;
using test::test_authority;
using test::TlsPair;

// What a client that trusts the test authority says to a certificate when it wants `host`.
Error verdict(const CertificateRequest& request, const std::string& host) {
    TlsPair pair(test::client_options(),
                 server_options(*make_identity(request, &test_authority())));
    return pair.client_error(host);
}

Error verdict_on_names(std::vector<std::string> names, const std::string& host) {
    return verdict({.common_name = "leaf", .names = std::move(names)}, host);
}

bool says(const Error& error, std::string_view text) {
    return error.message.find(text) != std::string::npos;
}

TEST(CertificateCheck, AcceptsACertificateForTheHost) {
    EXPECT_FALSE(verdict_on_names({"example.test"}, "example.test").code);
    EXPECT_FALSE(verdict_on_names({"example.test"}, "EXAMPLE.test.").code);
}

TEST(CertificateCheck, RowT01RefusesAnotherHostAndTellsTheNames) {
    const Error error = verdict_on_names({"one.test", "two.test", "192.0.2.7"}, "example.test");

    EXPECT_EQ(error.code, TransportError::certificate_rejected);
    EXPECT_EQ(error.phase, Phase::tls);
    EXPECT_TRUE(says(error, "\"example.test\" but for one.test, two.test, 192.0.2.7"));
}

TEST(CertificateCheck, RowT01AcceptsAnAddressAmongTheAddresses) {
    EXPECT_FALSE(verdict_on_names({"192.0.2.7"}, "192.0.2.7").code);
    EXPECT_FALSE(verdict_on_names({"2001:db8::1"}, "2001:db8:0::1").code);
    EXPECT_FALSE(verdict_on_names({"2001:db8::1"}, "[2001:db8::1]").code);
}

TEST(CertificateCheck, RowT01RefusesAnotherAddress) {
    EXPECT_EQ(verdict_on_names({"192.0.2.7"}, "192.0.2.8").code,
              TransportError::certificate_rejected);
}

TEST(CertificateCheck, RowT01RefusesAWildcardForAnAddress) {
    EXPECT_EQ(verdict_on_names({"*.0.2.7"}, "192.0.2.7").code,
              TransportError::certificate_rejected);
}

TEST(CertificateCheck, RowT01AcceptsAWildcardForOneLabel) {
    EXPECT_FALSE(verdict_on_names({"*.example.test"}, "a.example.test").code);
}

TEST(CertificateCheck, RowT01RefusesAWildcardForTwoLabelsOrNone) {
    EXPECT_TRUE(verdict_on_names({"*.example.test"}, "a.b.example.test").code);
    EXPECT_TRUE(verdict_on_names({"*.example.test"}, "example.test").code);
}

TEST(CertificateCheck, RowT01RefusesAWildcardForAPartOfALabel) {
    EXPECT_TRUE(verdict_on_names({"a*.example.test"}, "ab.example.test").code);
}

TEST(CertificateCheck, RowT01RefusesANameWithAnEmbeddedNul) {
    const std::string name("example.test\0.evil.test", 23);

    const Error error = verdict_on_names({name}, "example.test");

    EXPECT_EQ(error.code, TransportError::certificate_rejected);
    EXPECT_TRUE(says(error, "example.test?.evil.test"));
}

TEST(CertificateCheck, RowT01RefusesAnExpiredCertificate) {
    const Error error = verdict({.common_name = "leaf",
                                 .names = {"example.test"},
                                 .valid_since = -days(30),
                                 .valid_until = -hours(1)},
                                "example.test");

    EXPECT_EQ(error.code, TransportError::certificate_rejected);
    EXPECT_TRUE(says(error, "expired on"));
}

TEST(CertificateCheck, RowT01RefusesACertificateOfTheFuture) {
    const Error error =
        verdict({.common_name = "leaf", .names = {"example.test"}, .valid_since = hours(1)},
                "example.test");

    EXPECT_EQ(error.code, TransportError::certificate_rejected);
    EXPECT_TRUE(says(error, "not valid before"));
}

TEST(CertificateCheck, RowT01RefusesACommonNameAlone) {
    const Error error = verdict({.common_name = "example.test"}, "example.test");

    EXPECT_EQ(error.code, TransportError::certificate_rejected);
    EXPECT_TRUE(says(error, "names no host"));
}

TEST(CertificateCheck, RowT01RefusesASelfSignedCertificate) {
    TlsPair pair(
        test::client_options(),
        server_options(*make_identity({.common_name = "leaf", .names = {"example.test"}})));

    const Error error = pair.client_error("example.test");

    EXPECT_EQ(error.code, TransportError::certificate_rejected);
    EXPECT_TRUE(says(error, "self-signed"));
    EXPECT_TRUE(says(error, "--cacert"));
}

TEST(CertificateCheck, RowT01RefusesAnIssuerThatIsNotTrusted) {
    const auto stranger = make_identity({.common_name = "Stranger", .authority = true});
    TlsPair pair(test::client_options(),
                 server_options(*make_identity({.common_name = "leaf", .names = {"example.test"}},
                                               &*stranger)));

    const Error error = pair.client_error("example.test");

    EXPECT_EQ(error.code, TransportError::certificate_rejected);
    EXPECT_TRUE(says(error, "\"CN=Stranger\", which is not trusted"));
}

TEST(CertificateCheck, RowT01RefusesALeafAsAnIssuer) {
    const auto leaf = make_identity({.common_name = "leaf"}, &test_authority());
    auto options =
        server_options(*make_identity({.common_name = "below", .names = {"example.test"}}, &*leaf));
    options.certificate_pem += leaf->certificate_pem();
    TlsPair pair(test::client_options(), options);

    const Error error = pair.client_error("example.test");

    EXPECT_EQ(error.code, TransportError::certificate_rejected);
    EXPECT_TRUE(says(error, "not accepted"));
}

TEST(CertificateCheck, AcceptsAChainOverAnIntermediate) {
    const auto between =
        make_identity({.common_name = "Between", .authority = true}, &test_authority());
    auto options = server_options(
        *make_identity({.common_name = "leaf", .names = {"example.test"}}, &*between));
    options.certificate_pem += between->certificate_pem();
    TlsPair pair(test::client_options(), options);

    EXPECT_FALSE(pair.client_error("example.test").code);
}

TEST(CertificateCheck, RefusesAHostThatIsEmpty) {
    TlsPair pair;

    EXPECT_EQ(pair.client_error("").code, TransportError::tls_failed);
}

TEST(CertificateCheck, TellsTheServerThatItsCertificateWasRefused) {
    TlsPair pair;

    (void)pair.client_error("example.test");

    ASSERT_TRUE(pair.server_result);
    const Error& error = pair.server_result->error();
    EXPECT_EQ(error.code, TransportError::tls_failed);
    EXPECT_TRUE(says(error, "refused our certificate"));
}

// ── without verification ──

TEST(CertificateCheck, RowT02AcceptsAnythingWhenVerificationIsSwitchedOff) {
    TlsClientOptions options;
    options.unsafe_skip_verification = true;
    TlsPair pair(options, server_options(*make_identity({.common_name = "whoever"})));

    EXPECT_TRUE(pair.open("example.test"));
}

// ── pins ──

std::string pin_text(X509* certificate) { return encode_base64(pin_of(certificate)); }

struct PinTest : testing::Test {
    Error verdict_with(std::vector<std::string> pins, bool skip_verification = false) {
        TlsClientOptions options = test::client_options();
        options.pinned_keys = std::move(pins);
        options.unsafe_skip_verification = skip_verification;
        TlsPair pair(options, server_options(leaf));
        return pair.client_error("example.test");
    }
    Identity leaf =
        *make_identity({.common_name = "leaf", .names = {"example.test"}}, &test_authority());
    Identity other = *make_identity({.common_name = "other"});
};

TEST_F(PinTest, AcceptsThePinnedKeyOfTheLeaf) {
    EXPECT_FALSE(verdict_with({pin_text(leaf.certificate.get())}).code);
}

TEST_F(PinTest, AcceptsThePinnedKeyOfTheAuthority) {
    EXPECT_FALSE(verdict_with({"sha256//" + pin_text(test_authority().certificate.get())}).code);
}

TEST_F(PinTest, AcceptsOneOfSeveralPins) {
    EXPECT_FALSE(
        verdict_with({pin_text(other.certificate.get()), pin_text(leaf.certificate.get())}).code);
}

TEST_F(PinTest, RefusesAChainWithoutAPinnedKey) {
    const Error error = verdict_with({pin_text(other.certificate.get())});

    EXPECT_EQ(error.code, TransportError::certificate_rejected);
    EXPECT_TRUE(says(error, "pinned key"));
}

TEST_F(PinTest, ChecksThePinOfTheLeafAlsoWithoutVerification) {
    EXPECT_FALSE(verdict_with({pin_text(leaf.certificate.get())}, true).code);
    EXPECT_TRUE(verdict_with({pin_text(other.certificate.get())}, true).code);
    EXPECT_TRUE(verdict_with({pin_text(test_authority().certificate.get())}, true).code);
}

// ── names ──

TEST(CertificateNames, TellsTenNamesAtMost) {
    std::vector<std::string> names;
    for (int i = 0; i < 12; ++i) names.push_back("n" + std::to_string(i));
    const auto made = make_identity({.common_name = "many", .names = names});

    EXPECT_EQ(names_of(made->certificate.get()), "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, ...");
}

TEST(CertificateNames, HidesWhatCouldHarmATerminal) {
    const auto made = make_identity({.common_name = "evil", .names = {"a\x1b[2Jb\xff"}});

    EXPECT_EQ(names_of(made->certificate.get()), "a?[2Jb?");
}

TEST(CertificateNames, LeavesOutWhatIsNoHost) {
    const auto made = make_identity({.common_name = "mail", .names = {"2001:db8::1"}});
    const OpensslPtr<X509_EXTENSION> names(
        X509V3_EXT_nconf_nid(nullptr, nullptr, NID_subject_alt_name, "email:a@b.test,DNS:c.test"));
    X509* certificate = made->certificate.get();
    const OpensslPtr<X509_EXTENSION> old(
        X509_delete_ext(certificate, X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1)));
    ASSERT_EQ(X509_add_ext(certificate, names.get(), -1), 1);

    EXPECT_EQ(names_of(certificate), "c.test");
}

TEST(KeyPins, AreReadInTheSpellingOfCurlToo) {
    const std::string text = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI=";
    KeyPin pin{};
    pin.front() = std::byte{1};
    pin.back() = std::byte{2};
    EXPECT_EQ(parse_pin(text), pin);
    EXPECT_EQ(parse_pin("sha256//" + text), pin);
    EXPECT_FALSE(parse_pin("AAAA"));
    EXPECT_FALSE(parse_pin("sha256/" + text));
}

TEST(CertificateNames, TellsAddressesFromNames) {
    EXPECT_TRUE(is_ip_address("127.0.0.1"));
    EXPECT_TRUE(is_ip_address("::1"));
    EXPECT_FALSE(is_ip_address("example.test"));
    EXPECT_FALSE(is_ip_address("1.2.3"));
    EXPECT_FALSE(is_ip_address(""));
}

}  // namespace
}  // namespace tautline::transport
