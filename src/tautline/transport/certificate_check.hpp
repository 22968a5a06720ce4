// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tautline/transport/openssl.hpp>

namespace tautline::transport {

/// SHA-256 of a public key, as it stands in a certificate (SubjectPublicKeyInfo).
using KeyPin = std::array<std::byte, 32>;

/// Reads a pin in base64; "sha256//" may stand in front of it.
[[nodiscard]] std::optional<KeyPin> parse_pin(std::string_view text);

/// What a peer's certificate must fulfil besides the rules of X.509.
struct CertificateRules {
    bool skip_verification = false;
    std::vector<KeyPin> pins;  ///< One of them must be in the chain. Empty: every key is accepted.
};

/// The check of one connection: what it needs, and why it refused.
struct CertificateCheck {
    const CertificateRules* rules = nullptr;
    std::string host;       ///< The name that a server's certificate must have. Empty for a client.
    std::string rejection;  ///< For a person. Empty while nothing was refused.
};

/// Makes `ssl` check the certificate of its peer with `check`, which must outlive it. A host must
/// be in the subjectAltName: a common name is never enough, and a wildcard matches one label.
/// Returns false when OpenSSL refuses the host.
[[nodiscard]] bool install_check(SSL* ssl, CertificateCheck& check);

/// Does the check. For `SSL_CTX_set_cert_verify_callback`.
int check_certificate(X509_STORE_CTX* store, void* unused);

/// Whether `host` is an IP address, to be found among the addresses of a certificate.
[[nodiscard]] bool is_ip_address(const std::string& host);

[[nodiscard]] KeyPin pin_of(X509* certificate);

/// The names of a certificate, for a person: "a.example, *.b.example, 127.0.0.1".
[[nodiscard]] std::string names_of(X509* certificate);

}  // namespace tautline::transport
