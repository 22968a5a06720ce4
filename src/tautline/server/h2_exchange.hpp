// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <tautline/base/bytes.hpp>
#include <tautline/server/decision.hpp>
#include <tautline/server/routes.hpp>
#include <tautline/server/site.hpp>
#include <tautline/session/registry.hpp>
#include <tautline/session/slot.hpp>
#include <tautline/transport/h2_connection.hpp>

namespace tautline::server {

/// The HTTP/2 side of one connection: answers plain requests, and makes a session of each stream
/// that becomes a WebSocket (RFC 8441), by the same routes as HTTP/1.1.
///
/// Limits: those of `h2::Options`; a request that waits for the application's decision is answered
/// with 503 after `decision_timeout`.
/// Lifetime: owned by the registry until the connection is over; sessions are members of their own.
/// One shares its slot, each further one has one of its own, or is refused with 503.
/// Threads: those of its loop.
class H2Exchange final : public session::SharedMember, private transport::H2Handler {
public:
    /// Serves `stream`, on which HTTP/2 was agreed; `received` was read from it already. Its
    /// first request must come by `due`.
    static void start(Site& site, session::Slot slot, std::unique_ptr<transport::ByteStream> stream,
                      Instant due, MutableBytes received = {});

    H2Exchange(Site& site, session::Slot slot, std::unique_ptr<transport::ByteStream> stream,
               Instant due);

    void go_away() override;
    void drop() override { finish(); }

private:
    void on_settings(bool) override {}
    void on_request(h2::StreamId id, h2::Request request, bool ends) override;
    void on_request_cancelled(h2::StreamId id) override;
    void on_go_away() override {}
    void on_end(std::error_code) override;
    void on_closed() override { finish(); }

    // A request, and the stream that it came on.
    struct Asked {
        h2::StreamId id;
        const http::RequestHead& request;
        observe::CallId call_id;
    };

    void handle(const Asked& asked, const Response& response);
    void handle(const Asked& asked, const websocket::Refused& refused);
    void handle(const Asked& asked, const PlainCall& call);
    void handle(const Asked& asked, UpgradeCall call);
    void accept(const Asked& asked, UpgradeCall call);
    [[nodiscard]] std::optional<session::Slot> session_slot();
    void receive_verdict(h2::StreamId id, observe::CallId call_id, Decision::Result result);
    void respond(const Asked& asked, const http::ResponseHead& head, const std::string& body);
    void tell_answer(const Asked& asked, http::ResponseHead head) const;
    void finish();

    Site& site_;
    std::shared_ptr<session::Slot> slot_;
    std::weak_ptr<void> first_;  // expired: no session has the slot of the connection
    transport::StreamInfo info_;
    transport::H2Connection connection_;
    std::map<h2::StreamId, std::unique_ptr<Decision>> deciding_;
    bool over_ = false;
};

}  // namespace tautline::server
