// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <system_error>

#include <tautline/base/error.hpp>
#include <tautline/proto/websocket/event.hpp>

namespace tautline::taut {

/// What the tool reports to the shell. These numbers are documented and never change.
enum class ExitCode : std::uint8_t {
    ok = 0,               ///< Closed in order, with 1000, 1001 or no code at all.
    internal = 1,         ///< Something that should not happen, a full disk for one.
    usage = 2,            ///< The command line or the input cannot be used.
    connect = 3,          ///< Not resolved, not connected; for a server: the port is not free.
    tls = 4,              ///< TLS failed or a certificate is not trusted: a proxy's too.
    refused = 5,          ///< The server did not open a WebSocket.
    timeout = 6,          ///< Something took longer than allowed.
    peer_error = 7,       ///< The peer broke a rule of the protocol.
    closed = 8,           ///< The peer closed with another code.
    abnormal = 9,         ///< The stream ended without a closing handshake.
    unexpected = 10,      ///< Fewer messages came than `-n` asked for.
    limit = 11,           ///< A limit was exceeded.
    interrupted = 130,    ///< SIGINT, after a closing handshake.
    output_closed = 141,  ///< Nobody reads what we write.
    terminated = 143,     ///< SIGTERM, after a closing handshake.
};

/// For output that could not be written.
[[nodiscard]] ExitCode exit_code_for_output(const std::error_code& problem);
/// For a connection that did not open, and for a server that cannot listen.
[[nodiscard]] ExitCode exit_code_for(const Error& error);
/// For a connection that was open.
[[nodiscard]] ExitCode exit_code_for(const Closed& closed);

}  // namespace tautline::taut
