// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <tautline/proto/websocket/server_handshake.hpp>
#include <tautline/server/response.hpp>

namespace tautline::server {

/// How an answer is to be written.
struct ResponseForm {
    bool with_body = true;   ///< False for HEAD: everything but the body.
    bool persistent = true;  ///< False: the connection ends behind it, and it says so.
};

/// Writes a whole answer. Its length and the fate of the connection are ours to tell: fields of the
/// application about them are left out. An answer that may not be sent (a status that is no answer,
/// a field with bytes that may not travel) becomes a 500, and nothing of it is written.
[[nodiscard]] std::string write_response(const Response& response, ResponseForm form);

/// Writes an answer that ends the connection and says so itself, or a 500 when it may not be sent.
[[nodiscard]] std::string write_response(const websocket::Refused& refused, ResponseForm form);

/// Whether an answer of this status is sent with its body.
[[nodiscard]] bool carries_body(int status, ResponseForm form);

/// What is sent in the place of an answer that may not be sent.
[[nodiscard]] Response unsendable_answer();

/// The head of an answer whose connection lives on, as HTTP/2 sends it.
[[nodiscard]] http::ResponseHead response_head(const Response& response);

}  // namespace tautline::server
