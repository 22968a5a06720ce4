// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <tautline/observe/event.hpp>

namespace tautline::taut {

// The lines of `taut serve --access-log`. Each begins with the time and the address of the client,
// and is safe for a terminal: "2026-01-31T12:00:00.000Z 127.0.0.1:50000 GET /chat 101".

using Time = std::chrono::system_clock::time_point;

/// A request and its answer. The query may hold a token, and is left out.
[[nodiscard]] std::string line_of_request(Time now, std::string_view peer,
                                          const http::RequestHead& request, int status);

/// The end of a WebSocket. The reason is the peer's, and is left out.
[[nodiscard]] std::string line_of_end(Time now, std::string_view peer, const Closed& closed);

/// A connection that ended before its first request: the TLS handshake failed, or it was refused.
/// Empty for any other event, so that there is a line at most for each such connection.
[[nodiscard]] std::string line_of_failure(Time now, const observe::Event& event);

}  // namespace tautline::taut
