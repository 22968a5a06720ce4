// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace tautline {

/// Whom a client trusts, and who it is. The default trusts what the system trusts.
struct TlsClientOptions {
    /// PEM bundle used instead of the system's; must exist and hold a certificate.
    std::string ca_file = {};
    std::string ca_pem = {};  ///< The same as text. Both may be given.
    /// SHA-256 of the public key (SPKI) in base64, one of which the chain must contain, on top of
    /// the ordinary verification. With `unsafe_skip_verification` the server's own key must be one
    /// of them, since any chain can be shown then.
    std::vector<std::string> pinned_keys = {};
    std::string certificate_file = {};  ///< PEM chain of our own certificate, for servers that ask.
    std::string key_file = {};
    /// Name to send (SNI) and to verify; empty: the host of the URL.
    std::string server_name = {};
    std::string key_log_file = {};  ///< Appends secrets in NSS format, for Wireshark. Empty: none.
    bool require_tls13 = false;     ///< Otherwise TLS 1.2 and 1.3, the latter preferred.
    /// Accepts any certificate. For tests against your own server: anybody in between can read and
    /// change all, unless `pinned_keys` are given: whoever lacks the key is refused even then.
    bool unsafe_skip_verification = false;

    friend bool operator==(const TlsClientOptions&, const TlsClientOptions&) = default;
};

/// Who a server is.
struct TlsServerOptions {
    std::string certificate_file = {};  ///< PEM chain, the server's own certificate first.
    std::string key_file = {};
    std::string certificate_pem = {};  ///< The same as text, instead of files.
    std::string key_pem = {};
    std::string client_ca_file = {};  ///< When set, clients must show a certificate issued by it.
    std::string key_log_file = {};
    bool require_tls13 = false;
};

}  // namespace tautline
