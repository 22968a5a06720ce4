// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <tautline/base/bytes.hpp>
#include <tautline/server/routes.hpp>
#include <tautline/server/site.hpp>
#include <tautline/session/slot.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::server {

/// A request that was accepted, and the stream that becomes its WebSocket.
struct AcceptedSession {
    std::unique_ptr<transport::ByteStream> stream;
    http::RequestHead request;
    UpgradeCall call;
    transport::StreamInfo carrier;  ///< How the request arrived.
    session::Slot slot;             ///< Kept as long as the session.
    observe::CallId call_id;        ///< Of the request.
};

/// Makes it a session, which begins with `received`: the bytes after the handshake.
void open_session(Site& site, AcceptedSession accepted, MutableBytes received);

}  // namespace tautline::server
