// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/transport/openssl.hpp>

namespace tautline::transport {

/// Makes `context` trust what the system trusts (SSL_CERT_FILE and SSL_CERT_DIR are respected).
///
/// Reading a hundred certificates takes tens of milliseconds: they are read once for all contexts
/// of the process, and again when their file has changed. Returns false when they cannot be read.
/// Threads: any.
[[nodiscard]] bool trust_system(SSL_CTX* context);

}  // namespace tautline::transport
