// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <memory>

#include <asio/awaitable.hpp>

#include <tautline/base/error.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/observe/event.hpp>
#include <tautline/proto/http/uri.hpp>
#include <tautline/transport/byte_stream.hpp>
#include <tautline/transport/tls_options.hpp>

namespace tautline::connect {

/// What a stream is opened with.
struct StreamOptions {
    TlsClientOptions tls;
    std::shared_ptr<observe::Observer> observer;  ///< May be null.
};

/// Opens the byte stream that a URL names: resolves, connects to the addresses one after the other
/// (or to a Unix socket), and speaks TLS for wss.
///
/// Fails with the phase, the endpoint and what to do. Cancellation: asio's; the caller brings the
/// deadline. Lifetime: `uri` and `options` must outlive the operation.
[[nodiscard]] asio::awaitable<std::expected<std::unique_ptr<transport::ByteStream>, Error>>
open_stream(io::Loop& loop, const http::Uri& uri, const StreamOptions& options);

}  // namespace tautline::connect
