// SPDX-License-Identifier: MIT
#include <tautline/server/h2_exchange.hpp>

#include <utility>
#include <variant>

#include <tautline/server/open_session.hpp>
#include <tautline/server/write_response.hpp>

namespace tautline::server {

using websocket::HandshakeForm;

namespace {

// A session's share of the slot of its connection, and a slot of its own.
class SharedSlot final : public session::SlotOwner {
public:
    [[nodiscard]] static session::Slot of(std::shared_ptr<void> shared, session::Slot own) {
        return session::Slot(*new SharedSlot(std::move(shared), std::move(own)));
    }

private:
    SharedSlot(std::shared_ptr<void> shared, session::Slot own)
        : shared_(std::move(shared)), own_(std::move(own)) {}
    void release_slot() override { delete this; }

    std::shared_ptr<void> shared_;
    session::Slot own_;
};

}  // namespace

void H2Exchange::start(Site& site, session::Slot slot,
                       std::unique_ptr<transport::ByteStream> stream, Instant due,
                       MutableBytes received) {
    const auto exchange =
        std::make_shared<H2Exchange>(site, std::move(slot), std::move(stream), due);
    site.registry.add(exchange);
    if (site.going_away) exchange->connection_.go_away();
    if (!received.empty()) exchange->connection_.receive(received);
}

H2Exchange::H2Exchange(Site& site, session::Slot slot,
                       std::unique_ptr<transport::ByteStream> stream, Instant due)
    : site_(site),
      slot_(std::make_shared<session::Slot>(std::move(slot))),
      info_(stream->info()),
      connection_(site.loop, std::move(stream), h2::Role::server, *this,
                  {.protocol = *site.options.http2,
                   .head = site.options.head_limits,
                   .idle_timeout = site.options.idle_timeout,
                   .idle_since = due - site.options.idle_timeout,
                   .answer_timeout = site.options.answer_timeout}) {}

// ── requests ──

void H2Exchange::on_request(h2::StreamId id, h2::Request request, bool ends) {
    const Asked asked{id, request.head, site_.new_call_id()};
    site_.observe(asked.call_id, observe::RequestReceived{request.head});
    const bool connect = request.protocol == "websocket";
    if (!connect && !request.protocol.empty()) {
        // RFC 9220 section 3: no other protocol is supported.
        return handle(asked, Response::text("Unknown protocol.\n", 501));
    }
    auto dispatch = site_.routes.dispatch(
        request.head, info_.secure,
        connect ? HandshakeForm::extended_connect : HandshakeForm::upgrade, !ends);
    std::visit([&](auto&& what) { handle(asked, std::forward<decltype(what)>(what)); },
               std::move(dispatch));
}

void H2Exchange::on_request_cancelled(h2::StreamId id) { deciding_.erase(id); }

void H2Exchange::handle(const Asked& asked, const Response& response) {
    respond(asked, response_head(response, site_.date()), response.body);
}

void H2Exchange::handle(const Asked& asked, const websocket::Refused& refused) {
    respond(asked, dated(refused.response, site_.date()), refused.body);
}

void H2Exchange::handle(const Asked& asked, const PlainCall& call) {
    handle(asked, site_.answer(asked.call_id, call, asked.request, info_));
}

void H2Exchange::handle(const Asked& asked, UpgradeCall call) {
    if (site_.going_away) return handle(asked, websocket::reject(503));
    if (!call.route->options.on_upgrade) return accept(asked, std::move(call));
    auto& decision = deciding_[asked.id];
    decision = std::make_unique<Decision>(
        site_,
        DecisionSubject{.call = std::move(call),
                        .request = asked.request,
                        .stream = info_,
                        .form = HandshakeForm::extended_connect,
                        .call_id = asked.call_id},
        [this, id = asked.id, call_id = asked.call_id](Decision::Result result) {
            receive_verdict(id, call_id, std::move(result));
        });
    decision->ask();
}

void H2Exchange::receive_verdict(h2::StreamId id, observe::CallId call_id,
                                 Decision::Result result) {
    const auto decided = deciding_.extract(id);
    const Asked asked{id, decided.mapped()->request(), call_id};
    if (!result) return handle(asked, result.error());
    accept(asked, *std::move(result));
}

void H2Exchange::accept(const Asked& asked, UpgradeCall call) {
    auto slot = session_slot();
    if (!slot) return handle(asked, websocket::reject(503, {}, "The server is full.\n"));
    const auto head = dated(call.accepted.response, site_.date());
    auto stream = connection_.accept(asked.id, head);
    if (!stream) return handle(asked, websocket::reject(500));
    // The client took the request back, or broke a rule of HTTP/2 with it: there was no answer.
    if ((*stream)->broken()) return;
    if (site_.options.observer) tell_answer(asked, head);
    open_session(site_,
                 {.stream = *std::move(stream),
                  .request = asked.request,
                  .call = std::move(call),
                  .carrier = info_,
                  .slot = *std::move(slot),
                  .call_id = asked.call_id},
                 {});
}

// A session needs as much as one that came by itself, but one of them needs no further slot.
std::optional<session::Slot> H2Exchange::session_slot() {
    if (first_.expired()) {
        // The same slot in a block of its own, to know when this session has ended.
        const auto first = std::make_shared<std::shared_ptr<session::Slot>>(slot_);
        first_ = first;
        return SharedSlot::of(first, session::Slot());
    }
    auto own = slot_->another();
    if (!own) return std::nullopt;
    return SharedSlot::of(slot_, *std::move(own));
}

void H2Exchange::respond(const Asked& asked, const http::ResponseHead& head,
                         const std::string& body) {
    const ResponseForm form{.with_body = asked.request.method != "HEAD"};
    const auto say = [&](const http::ResponseHead& what, const std::string& text) {
        const bool carries = carries_body(what.status, form);
        const auto sent = connection_.respond(asked.id, what, carries ? text : std::string());
        if (!sent) return false;
        if (*sent && site_.options.observer) tell_answer(asked, what);
        return true;
    };
    if (say(head, body)) return;
    const auto failure = unsendable_answer();
    (void)say(response_head(failure, site_.date()), failure.body);
}

void H2Exchange::tell_answer(const Asked& asked, http::ResponseHead head) const {
    head.version_major = 2;
    head.version_minor = 0;
    site_.observe(asked.call_id, observe::ResponseSent{head});
}

// ── the end ──

void H2Exchange::go_away() {
    while (!deciding_.empty()) {
        deciding_.begin()->second->refuse(503, "The server is going away.\n");
    }
    connection_.go_away();
}

// Sessions hear of the end from their streams.
void H2Exchange::on_end(std::error_code) { deciding_.clear(); }

void H2Exchange::finish() {
    if (std::exchange(over_, true)) return;
    deciding_.clear();
    connection_.close();
    site_.loop.retire(site_.registry.remove(*this));
}

}  // namespace tautline::server
