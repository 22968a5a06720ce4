// SPDX-License-Identifier: MIT
#include <utility>

#include <tautline/proto/websocket/error.hpp>

#include "exit_code.hpp"

namespace tautline::taut {

namespace {

bool is_limit(const std::error_code& code) {
    return code == PeerError::message_too_large || code == PeerError::too_many_fragments ||
           code == TransportError::slow_consumer;
}

bool is_timeout(const std::error_code& code) {
    return code == TransportError::handshake_timeout || code == TransportError::ping_timeout ||
           code == TransportError::message_timeout || code == TransportError::close_timeout ||
           code == std::errc::timed_out;
}

bool is_of_tls(const std::error_code& code) {
    return code == TransportError::tls_failed || code == TransportError::certificate_rejected ||
           code == TransportError::client_certificate_required;
}

ExitCode exit_code_for(CloseCode code) {
    switch (code) {
        case CloseCode::normal:
        case CloseCode::going_away:
        case CloseCode::no_status: return ExitCode::ok;
        case CloseCode::abnormal: return ExitCode::abnormal;
        default: return ExitCode::closed;
    }
}

}  // namespace

ExitCode exit_code_for_output(const std::error_code& problem) {
    return problem == std::errc::broken_pipe ? ExitCode::output_closed : ExitCode::internal;
}

ExitCode exit_code_for(const Error& error) {
    // When the system gives up to connect, the address is unreachable: no time of ours has passed.
    const bool unreachable = error.phase == Phase::connect && error.code == std::errc::timed_out;
    if (is_timeout(error.code) && !unreachable) return ExitCode::timeout;
    switch (error.phase) {
        case Phase::usage:
            // A server cannot listen: an error of the system, not of the command line.
            return error.code.category() == usage_category() ? ExitCode::usage : ExitCode::connect;
        case Phase::resolve:
        case Phase::connect: return ExitCode::connect;
        case Phase::proxy: return is_of_tls(error.code) ? ExitCode::tls : ExitCode::connect;
        case Phase::tls: return ExitCode::tls;
        case Phase::handshake: return ExitCode::refused;
        case Phase::session: return ExitCode::abnormal;
    }
    std::unreachable();
}

ExitCode exit_code_for(const Closed& closed) {
    if (is_limit(closed.error)) return ExitCode::limit;
    if (is_timeout(closed.error)) return ExitCode::timeout;
    if (closed.error.category() == peer_category()) return ExitCode::peer_error;
    if (closed.error) return ExitCode::abnormal;
    // A Close of our own is no failure, whatever its code is.
    const bool own_wish = !closed.by_peer && closed.code == closed.own_code;
    if (closed.clean && own_wish) return ExitCode::ok;
    return exit_code_for(closed.code);
}

}  // namespace tautline::taut
