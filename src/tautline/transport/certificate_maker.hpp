// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <tautline/transport/openssl.hpp>

// For the units of this folder and for tests only: no public header includes OpenSSL.
namespace tautline::transport {

/// What is to be certified.
struct CertificateRequest {
    std::string common_name;
    std::vector<std::string> names{};         ///< Host names and IP addresses; may be empty.
    std::chrono::seconds valid_since{-3600};  ///< Counted from now, as is the end.
    std::chrono::seconds valid_until{std::chrono::days(30)};
    bool authority = false;  ///< May certify others.
};

/// A certificate with its key.
struct Identity {
    OpensslPtr<X509> certificate;
    OpensslPtr<EVP_PKEY> key;

    [[nodiscard]] std::string certificate_pem() const;
    [[nodiscard]] std::string key_pem() const;  ///< In the clear.
};

/// Makes a P-256 key and a certificate for it, signed by `issuer` or by itself. Empty when OpenSSL
/// refuses: its queue of errors tells why.
[[nodiscard]] std::optional<Identity> make_identity(const CertificateRequest& request,
                                                    const Identity* issuer = nullptr);

}  // namespace tautline::transport
