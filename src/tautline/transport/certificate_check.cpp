// SPDX-License-Identifier: MIT
#include <tautline/transport/certificate_check.hpp>

#include <algorithm>
#include <string_view>

#include <arpa/inet.h>

#include <tautline/base/assert.hpp>
#include <tautline/base/base64.hpp>
#include <tautline/base/ip_address.hpp>

namespace tautline::transport {

namespace {

constexpr std::size_t kShownNames = 10;
constexpr const char* kTrustHint =
    "If it is meant to be trusted, name the certificate that it hangs on (--cacert, "
    "TlsClientOptions::ca_file).";

std::string time_text(const ASN1_TIME* time) {
    const OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
    ASN1_TIME_print(out.get(), time);
    return text_of(out.get());
}

std::string name_text(const X509_NAME* name) {
    const OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
    return text_of(out.get());
}

// Names come from the peer and end up on a terminal: nothing but printable ASCII gets through.
std::string printable(std::string_view text) {
    std::string result(text);
    std::ranges::replace_if(result, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return result;
}

std::string address_text(const ASN1_OCTET_STRING* address) {
    const int size = ASN1_STRING_length(address);
    const int family = size == 4 ? AF_INET : AF_INET6;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (size != 4 && size != 16) return "?";
    ::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
    return text.data();
}

std::string alternative_text(const GENERAL_NAME* name) {
    if (name->type == GEN_IPADD) return address_text(name->d.iPAddress);
    if (name->type != GEN_DNS) return {};
    const auto* data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
    return printable({data, size});
}

std::string wrong_host(X509* certificate, const std::string& host) {
    const std::string names = names_of(certificate);
    if (names.empty()) {
        return "the certificate is not for \"" + host +
               "\": it names no host in its subjectAltName, and a common name is not enough. It "
               "must be issued again.";
    }
    return "the certificate is not for \"" + host + "\" but for " + names +
           ". Use one of these names, or say which one is expected "
           "(TlsClientOptions::server_name).";
}

std::string why_refused(X509_STORE_CTX* store, const std::string& host) {
    X509* certificate = X509_STORE_CTX_get_current_cert(store);
    if (!certificate) certificate = X509_STORE_CTX_get0_cert(store);
    const int error = X509_STORE_CTX_get_error(store);
    switch (error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "the certificate expired on " + time_text(X509_get0_notAfter(certificate)) +
                   ". It must be renewed (is the clock here right?).";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "the certificate is not valid before " +
                   time_text(X509_get0_notBefore(certificate)) + ". Is the clock here right?";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return std::string("the certificate is self-signed and not trusted. ") + kTrustHint;
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "the certificate was issued by \"" +
                   printable(name_text(X509_get_issuer_name(certificate))) +
                   "\", which is not trusted. " + kTrustHint;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return wrong_host(X509_STORE_CTX_get0_cert(store), host);
        default:
            return std::string("the certificate is not accepted: ") +
                   X509_verify_cert_error_string(error) + ".";
    }
}

bool is_pinned(const CertificateRules& rules, X509* certificate) {
    return std::ranges::find(rules.pins, pin_of(certificate)) != rules.pins.end();
}

// Without verification the chain proves nothing: only the peer's own key counts then.
bool has_pinned_key(X509_STORE_CTX* store, const CertificateRules& rules) {
    if (rules.pins.empty()) return true;
    if (rules.skip_verification) return is_pinned(rules, X509_STORE_CTX_get0_cert(store));
    STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(store);
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        if (is_pinned(rules, sk_X509_value(chain, i))) return true;
    }
    return false;
}

}  // namespace

bool install_check(SSL* ssl, CertificateCheck& check) {
    SSL_set_ex_data(ssl, 0, &check);
    if (check.host.empty()) return true;
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(
        parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (is_ip_address(check.host)) {
        return X509_VERIFY_PARAM_set1_ip_asc(parameters, check.host.c_str()) == 1;
    }
    return X509_VERIFY_PARAM_set1_host(parameters, check.host.data(), check.host.size()) == 1;
}

int check_certificate(X509_STORE_CTX* store, void* /*unused*/) {
    auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* check = static_cast<CertificateCheck*>(SSL_get_ex_data(ssl, 0));
    if (!check->rules->skip_verification && X509_verify_cert(store) != 1) {
        check->rejection = why_refused(store, check->host);
        return 0;
    }
    if (has_pinned_key(store, *check->rules)) return 1;
    check->rejection =
        "no certificate of the chain has a pinned key (TlsClientOptions::pinned_keys). Either the "
        "server has a new key, or somebody sits in between.";
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

bool is_ip_address(const std::string& host) { return IpAddress::parse(host).has_value(); }

std::optional<KeyPin> parse_pin(std::string_view text) {
    constexpr std::string_view kPrefix = "sha256//";  // curl's
    const auto hash = decode_base64(text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : text);
    KeyPin pin{};
    if (!hash || hash->size() != pin.size()) return std::nullopt;
    std::ranges::copy(*hash, pin.begin());
    return pin;
}

KeyPin pin_of(X509* certificate) {
    unsigned char* encoded = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
    TAUTLINE_ASSERT(size > 0);
    KeyPin pin{};
    EVP_Digest(encoded, static_cast<std::size_t>(size),
               reinterpret_cast<unsigned char*>(pin.data()), nullptr, EVP_sha256(), nullptr);
    OPENSSL_free(encoded);
    return pin;
}

std::string names_of(X509* certificate) {
    const OpensslPtr<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::string text;
    std::size_t shown = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const std::string name = alternative_text(sk_GENERAL_NAME_value(names.get(), i));
        if (name.empty()) continue;
        if (++shown > kShownNames) return text + ", ...";
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

}  // namespace tautline::transport
