// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string>
#include <vector>

#include <tautline/base/error.hpp>

namespace tautline::transport {

/// A certificate and its private key, as PEM texts.
struct CertificateAndKey {
    std::string certificate_pem;
    std::string key_pem;
};

/// Makes a certificate for development that no authority has signed: P-256, valid for 30 days, for
/// `names` (host names and IP addresses; "*.example.test" works). Clients must be told to trust it.
/// Fails: when `names` is empty or OpenSSL refuses.
[[nodiscard]] std::expected<CertificateAndKey, Error> make_self_signed(
    const std::vector<std::string>& names = {"localhost", "127.0.0.1", "::1"});

}  // namespace tautline::transport
