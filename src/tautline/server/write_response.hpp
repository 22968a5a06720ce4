// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <tautline/proto/websocket/server_handshake.hpp>
#include <tautline/server/response.hpp>

namespace tautline::server {

/// How an answer is to be written.
struct ResponseForm {
    bool with_body = true;   ///< False for HEAD: everything but the body.
    bool persistent = true;  ///< False: the connection ends after the answer, which says so.
    std::string date = {};   ///< Is the Date, unless it is empty or the application set one.
};

/// A whole answer.
struct Written {
    std::string text;  ///< The bytes to send: the head, and the body where there is one.
    http::ResponseHead head;
};

/// Writes a whole answer. It writes Content-Length and Connection itself: the application's fields
/// of these names are left out. An answer that may not be sent (a status that is no answer, a field
/// with forbidden bytes) is replaced by a 500.
[[nodiscard]] Written write_response(const Response& response, const ResponseForm& form);

/// Writes an answer that ends the connection and says so itself, or a 500 when it may not be sent.
[[nodiscard]] Written write_response(const websocket::Refused& refused, const ResponseForm& form);

/// Whether an answer of this status is sent with its body.
[[nodiscard]] bool carries_body(int status, const ResponseForm& form);

/// What is sent in the place of an answer that may not be sent.
[[nodiscard]] Response unsendable_answer();

/// The head of an answer that leaves the connection open, as HTTP/2 sends it.
[[nodiscard]] http::ResponseHead response_head(const Response& response, std::string date);
/// `head` with this Date, unless it is empty or there is one.
[[nodiscard]] http::ResponseHead dated(http::ResponseHead head, const std::string& date);

}  // namespace tautline::server
