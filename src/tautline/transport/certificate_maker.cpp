// SPDX-License-Identifier: MIT
#include <tautline/transport/certificate_maker.hpp>

#include <array>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <tautline/transport/certificate_check.hpp>

namespace tautline::transport {

namespace {

constexpr long kVersion3 = 2;

bool set_serial(X509* certificate) {
    std::array<unsigned char, 16> bytes;
    if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
    // RFC 5280 section 4.1.2.2: positive, so the highest bit is not set.
    bytes[0] &= 0x7f;
    BIGNUM* number = BN_bin2bn(bytes.data(), bytes.size(), nullptr);
    const bool set = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
    BN_free(number);
    return set;
}

bool set_subject(X509* certificate, const std::string& common_name) {
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* text = reinterpret_cast<const unsigned char*>(common_name.data());
    return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text,
                                      static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const OpensslPtr<X509_EXTENSION> extension(
        X509V3_EXT_nconf_nid(nullptr, &context, kind, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

GENERAL_NAME* make_name(const std::string& text) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    if (is_ip_address(text)) {
        GENERAL_NAME_set0_value(name, GEN_IPADD, a2i_IPADDRESS(text.c_str()));
        return name;
    }
    ASN1_IA5STRING* value = ASN1_IA5STRING_new();
    ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
    GENERAL_NAME_set0_value(name, GEN_DNS, value);
    return name;
}

bool add_names(X509* certificate, const std::vector<std::string>& texts) {
    if (texts.empty()) return true;
    const OpensslPtr<GENERAL_NAMES> names(GENERAL_NAMES_new());
    for (const std::string& text : texts) sk_GENERAL_NAME_push(names.get(), make_name(text));
    return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1;
}

bool add_extensions(X509* certificate, X509* issuer, bool authority) {
    const char* constraints = authority ? "critical,CA:TRUE" : "critical,CA:FALSE";
    const char* usage = authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature";
    return add_extension(certificate, issuer, NID_basic_constraints, constraints) &&
           add_extension(certificate, issuer, NID_key_usage, usage) &&
           add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
           (authority ||
            add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth,clientAuth"));
}

bool set_validity(X509* certificate, const CertificateRequest& request) {
    const auto since = static_cast<long>(request.valid_since.count());
    const auto until = static_cast<long>(request.valid_until.count());
    return X509_gmtime_adj(X509_getm_notBefore(certificate), since) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), until);
}

}  // namespace

std::optional<Identity> make_identity(const CertificateRequest& request, const Identity* issuer) {
    Identity made{OpensslPtr<X509>(X509_new()), OpensslPtr<EVP_PKEY>(EVP_EC_gen("P-256"))};
    X509* certificate = made.certificate.get();
    if (!certificate || !made.key) return std::nullopt;
    X509* signer = issuer ? issuer->certificate.get() : certificate;
    EVP_PKEY* signing_key = issuer ? issuer->key.get() : made.key.get();
    const bool done = X509_set_version(certificate, kVersion3) == 1 && set_serial(certificate) &&
                      set_subject(certificate, request.common_name) &&
                      X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1 &&
                      set_validity(certificate, request) &&
                      X509_set_pubkey(certificate, made.key.get()) == 1 &&
                      add_extensions(certificate, signer, request.authority) &&
                      add_names(certificate, request.names) &&
                      X509_sign(certificate, signing_key, EVP_sha256()) > 0;
    if (!done) return std::nullopt;
    return made;
}

std::string Identity::certificate_pem() const {
    const OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), certificate.get());
    return text_of(out.get());
}

std::string Identity::key_pem() const {
    const OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(out.get());
}

}  // namespace tautline::transport
