// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/transport/tls_options.hpp>

namespace tautline::transport {

/// The names of protocols to agree on (ALPN), best first.
using AlpnList = std::vector<std::string>;

/// What all TLS connections of a client have in common: whom to trust, who it is.
///
/// TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only; no compression, no
/// renegotiation. Making one reads files: make it once and share it.
/// Threads: any, it never changes.
class TlsClientContext {
public:
    /// Fails closed: a CA file that is missing, unreadable or without a certificate is an error,
    /// never "trust nobody, go on" or "trust the system instead".
    [[nodiscard]] static std::expected<std::shared_ptr<const TlsClientContext>, Error> make(
        const TlsClientOptions& options, const AlpnList& alpn = {"http/1.1"});

    ~TlsClientContext();
    TlsClientContext(const TlsClientContext&) = delete;
    TlsClientContext& operator=(const TlsClientContext&) = delete;

    struct State;
    /// For `TlsStream`: OpenSSL stays out of this header.
    [[nodiscard]] const State& state() const { return *state_; }

private:
    explicit TlsClientContext(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// What all TLS connections of a server have in common: who it is, whom it lets in.
///
/// Threads: any, it never changes.
class TlsServerContext {
public:
    /// Fails when there is no certificate, when the key does not fit to it, or when a file that is
    /// named cannot be used. A client without a protocol in common with `alpn` is refused; one that
    /// offers none is not.
    [[nodiscard]] static std::expected<std::shared_ptr<const TlsServerContext>, Error> make(
        const TlsServerOptions& options, const AlpnList& alpn = {"http/1.1"});

    ~TlsServerContext();
    TlsServerContext(const TlsServerContext&) = delete;
    TlsServerContext& operator=(const TlsServerContext&) = delete;

    struct State;
    /// For `TlsStream`: OpenSSL stays out of this header.
    [[nodiscard]] const State& state() const { return *state_; }

private:
    explicit TlsServerContext(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace tautline::transport
