// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <tautline/transport/certificate_check.hpp>
#include <tautline/transport/openssl.hpp>
#include <tautline/transport/tls_context.hpp>

// For the units of this folder only: no public header includes OpenSSL.
namespace tautline::transport {

/// What a context of either role is made of.
struct TlsState {
    TlsState() = default;
    ~TlsState();
    TlsState(const TlsState&) = delete;
    TlsState& operator=(const TlsState&) = delete;

    OpensslPtr<SSL_CTX> context;
    CertificateRules rules;
    AlpnList alpn;
    std::string alpn_wire;  ///< The list as TLS sends it: each name after its length.
    int key_log = -1;
};

struct TlsClientContext::State : TlsState {};
struct TlsServerContext::State : TlsState {};

}  // namespace tautline::transport
