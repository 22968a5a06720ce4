// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include <tautline/base/bytes.hpp>
#include <tautline/base/strong_id.hpp>
#include <tautline/proto/h2/error_code.hpp>
#include <tautline/proto/http/request_head.hpp>
#include <tautline/proto/http/response_head.hpp>

namespace tautline::h2 {

/// Names a stream of one connection. Never used twice.
using StreamId = StrongId<struct StreamIdTag, std::int32_t>;

/// The head of a request: what HTTP/1.1 has too, and what HTTP/2 has in pseudo-header fields.
struct Request {
    /// When received, `Host` is `:authority`, and the parts of `Cookie` are joined to one field.
    /// When sent, `Host` and the fields of a connection (`Connection`, `Upgrade`, ...) are left
    /// out.
    http::RequestHead head;
    std::string protocol;  ///< "websocket" for an extended CONNECT (RFC 8441), or empty.
    std::string scheme;    ///< "https"
    std::string authority;
};

/// The first SETTINGS of the peer.
struct SettingsReceived {
    bool extended_connect = false;  ///< Whether it takes extended CONNECT.
};
struct RequestReceived {
    StreamId stream;
    std::unique_ptr<Request> request;
    bool ends = false;  ///< Nothing follows the head.
};
/// A final response; interim ones (1xx) are not reported.
struct ResponseReceived {
    StreamId stream;
    std::unique_ptr<http::ResponseHead> head;
};
/// Instead of a response: `http::kMaxInterimResponses` interim ones and another. The stream is
/// reset.
struct ResponseRefused {
    StreamId stream;
};
/// Give the bytes back with `Connection::consume` when they were used.
struct DataReceived {
    StreamId stream;
    MutableBytes bytes;  ///< Part of what was given to `receive`; may be changed in place.
};
/// The peer's half of the stream ended. Ours is still open.
struct StreamEnded {
    StreamId stream;
};
/// The last event of a stream: both halves ended (`no_error`), or it was reset by either side.
struct StreamClosed {
    StreamId stream;
    ErrorCode code;
};
/// The peer takes no new streams from now on. Those that it will not serve are closed one by one.
struct GoAwayReceived {
    ErrorCode code;
};
/// The last event of all. Streams that are open get no event of their own.
struct ConnectionEnded {
    ErrorCode code;  ///< `no_error` after `go_away`.
};

using Event =
    std::variant<SettingsReceived, RequestReceived, ResponseReceived, ResponseRefused, DataReceived,
                 StreamEnded, StreamClosed, GoAwayReceived, ConnectionEnded>;

}  // namespace tautline::h2
