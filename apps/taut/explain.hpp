// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tautline/base/error.hpp>
#include <tautline/proto/eyeballs/dns_phase.hpp>
#include <tautline/proto/http/request_head.hpp>
#include <tautline/proto/websocket/event.hpp>
#include <tautline/server/server_options.hpp>

namespace tautline::taut {

// Failures in words, with what to do about them. Safe for a terminal; several lines are possible.

/// Whether a request said who we are, in `Authorization`.
enum class Credentials : std::uint8_t { not_sent, sent };
[[nodiscard]] Credentials credentials_in(const http::RequestHead& request);

/// Why a connection did not open. `credentials` are those of the last request.
[[nodiscard]] std::string explain(const Error& error,
                                  Credentials credentials = Credentials::not_sent);

/// Whether a server that speaks TLS may stand behind the failure of a connection without: it ends
/// the connection, breaks it, or answers with an alert.
[[nodiscard]] bool may_want_tls(std::string_view url, const Error& error);

/// What went wrong in an error, in one line and without the way to it.
[[nodiscard]] std::string words_of(const Error& error);

/// A message of the library with the tool's options in place of the library's own.
/// Of an error of phase `proxy` they are those for proxies.
[[nodiscard]] std::string in_words_of_the_tool(std::string message, Phase phase = Phase::session);

/// What went wrong on an open connection.
[[nodiscard]] std::string words_of_end(const std::error_code& error);

/// How an open connection ended.
[[nodiscard]] std::string explain(const Closed& closed);

/// Why a server cannot listen.
[[nodiscard]] std::string explain_listen(const Error& error, const ListenOptions& options);

/// What a name server said: "192.0.2.1, 192.0.2.2"; "b.example:8443 h2, http/1.1".
[[nodiscard]] std::string explain(const eyeballs::Answer& answer);

/// "text" or "binary".
[[nodiscard]] std::string_view name_of(MessageType type);

[[nodiscard]] double milliseconds(Duration duration);
/// "1.25 ms"
[[nodiscard]] std::string to_milliseconds(Duration duration);

}  // namespace tautline::taut
