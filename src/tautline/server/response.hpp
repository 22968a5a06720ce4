// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include <tautline/proto/http/field_list.hpp>
#include <tautline/session/peer.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline {

/// A plain HTTP request that matched a route.
struct Request {
    http::RequestHead head;
    std::vector<std::pair<std::string, std::string>> parameters;
    /// How it arrived: from which address, whether over TLS, and whose certificate the client has
    /// shown.
    transport::StreamInfo stream = {};

    [[nodiscard]] std::string_view parameter(std::string_view name) const;
};

/// A plain HTTP answer.
///
/// The server writes Content-Length and Connection itself, and ignores fields of these names. It
/// adds a Date unless there is one. An answer that may not be sent (a status outside of 200 to 599,
/// a header with forbidden bytes) is replaced by a 500.
struct Response {
    int status = 200;
    http::FieldList headers;
    std::string body;

    [[nodiscard]] static Response text(std::string body, int status = 200);
    [[nodiscard]] static Response html(std::string body, int status = 200);
    [[nodiscard]] static Response json(std::string body, int status = 200);
};

}  // namespace tautline
