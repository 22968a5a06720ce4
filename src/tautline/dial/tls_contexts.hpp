// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <map>
#include <memory>

#include <tautline/base/error.hpp>
#include <tautline/transport/tls_context.hpp>

namespace tautline::dial {

/// The TLS contexts of one race: the same trust, another ALPN list for each kind of attempt.
class TlsContexts {
public:
    using Context = std::shared_ptr<const transport::TlsClientContext>;

    explicit TlsContexts(TlsClientOptions options) : options_(std::move(options)) {}

    /// Made when it is first asked for. Fails as `TlsClientContext::make` does.
    [[nodiscard]] std::expected<Context, Error> get(const transport::AlpnList& alpn) {
        if (const auto known = contexts_.find(alpn); known != contexts_.end()) return known->second;
        auto context = transport::TlsClientContext::make(options_, alpn);
        if (context) contexts_.emplace(alpn, *context);
        return context;
    }

private:
    TlsClientOptions options_;
    std::map<transport::AlpnList, Context> contexts_;
};

}  // namespace tautline::dial
