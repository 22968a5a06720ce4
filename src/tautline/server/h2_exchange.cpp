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
class SharedSlot final : public SlotOwner {
public:
    [[nodiscard]] static Slot of(std::shared_ptr<void> shared, Slot own) {
        return Slot(*new SharedSlot(std::move(shared), std::move(own)));
    }

private:
    SharedSlot(std::shared_ptr<void> shared, Slot own)
        : shared_(std::move(shared)), own_(std::move(own)) {}
    void release_slot() override { delete this; }

    std::shared_ptr<void> shared_;
    Slot own_;
};

}  // namespace

void H2Exchange::start(Site& site, Slot slot, std::unique_ptr<transport::ByteStream> stream,
                       Instant due, MutableBytes received) {
    const auto exchange =
        std::make_shared<H2Exchange>(site, std::move(slot), std::move(stream), due);
    site.registry.add(exchange);
    if (site.going_away) exchange->connection_.go_away();
    if (!received.empty()) exchange->connection_.receive(received);
}

H2Exchange::H2Exchange(Site& site, Slot slot, std::unique_ptr<transport::ByteStream> stream,
                       Instant due)
    : site_(site),
      slot_(std::make_shared<Slot>(std::move(slot))),
      info_(stream->info()),
      connection_(site.loop, std::move(stream), h2::Role::server, *this,
                  {.protocol = *site.options.http2,
                   .head = site.options.head_limits,
                   .idle_timeout = site.options.idle_timeout,
                   .idle_since = due - site.options.idle_timeout,
                   .answer_timeout = site.options.answer_timeout}) {}

// ── requests ──

void H2Exchange::on_request(h2::StreamId id, h2::Request request, bool ends) {
    site_.observe(observe::RequestReceived{request.head});
    const bool connect = request.protocol == "websocket";
    if (!connect && !request.protocol.empty()) {
        // RFC 9220 section 3: no other protocol is supported.
        return handle(id, request.head, Response::text("Unknown protocol.\n", 501));
    }
    auto dispatch = site_.routes.dispatch(
        request.head, info_.secure,
        connect ? HandshakeForm::extended_connect : HandshakeForm::upgrade, !ends);
    std::visit([&](auto&& what) { handle(id, request.head, std::forward<decltype(what)>(what)); },
               std::move(dispatch));
}

void H2Exchange::on_request_cancelled(h2::StreamId id) { deciding_.erase(id); }

void H2Exchange::handle(h2::StreamId id, const http::RequestHead& request,
                        const Response& response) {
    respond(id, request, response_head(response, site_.date()), response.body);
}

void H2Exchange::handle(h2::StreamId id, const http::RequestHead& request,
                        const websocket::Refused& refused) {
    respond(id, request, dated(refused.response, site_.date()), refused.body);
}

void H2Exchange::handle(h2::StreamId id, const http::RequestHead& request, const PlainCall& call) {
    handle(id, request, answer(call, request, info_));
}

void H2Exchange::handle(h2::StreamId id, const http::RequestHead& request, UpgradeCall call) {
    if (site_.going_away) return handle(id, request, websocket::reject(503));
    if (!call.route->options.on_upgrade) return accept(id, std::move(call), request);
    auto& decision = deciding_[id];
    decision = std::make_unique<Decision>(
        site_,
        DecisionSubject{.call = std::move(call),
                        .request = request,
                        .stream = info_,
                        .form = HandshakeForm::extended_connect},
        [this, id](Decision::Result result) { receive_verdict(id, std::move(result)); });
    decision->ask();
}

void H2Exchange::receive_verdict(h2::StreamId id, Decision::Result result) {
    const auto decided = deciding_.extract(id);
    const auto& request = decided.mapped()->request();
    if (!result) return handle(id, request, result.error());
    accept(id, *std::move(result), request);
}

void H2Exchange::accept(h2::StreamId id, UpgradeCall call, const http::RequestHead& request) {
    auto slot = session_slot();
    if (!slot) return handle(id, request, websocket::reject(503, {}, "The server is full.\n"));
    const auto head = dated(call.accepted.response, site_.date());
    auto stream = connection_.accept(id, head);
    if (!stream) return handle(id, request, websocket::reject(500));
    // The client took the request back, or broke a rule of HTTP/2 with it: there was no answer.
    if ((*stream)->broken()) return;
    if (site_.options.observer) tell_answer(head);
    open_session(site_,
                 {.stream = *std::move(stream),
                  .request = request,
                  .call = std::move(call),
                  .carrier = info_,
                  .slot = *std::move(slot)},
                 {});
}

// A session needs as much as one that came by itself, but one of them needs no further slot.
std::optional<Slot> H2Exchange::session_slot() {
    if (!site_.slots) return SharedSlot::of(slot_, Slot());
    if (first_.expired()) {
        // The same slot in a block of its own, to know when this session has ended.
        const auto first = std::make_shared<std::shared_ptr<Slot>>(slot_);
        first_ = first;
        return SharedSlot::of(first, Slot());
    }
    auto own = site_.slots->next_slot();
    if (!own) return std::nullopt;
    return SharedSlot::of(slot_, *std::move(own));
}

void H2Exchange::respond(h2::StreamId id, const http::RequestHead& request,
                         const http::ResponseHead& head, const std::string& body) {
    const ResponseForm form{.with_body = request.method != "HEAD"};
    const auto say = [&](const http::ResponseHead& what, const std::string& text) {
        const bool carries = carries_body(what.status, form);
        const auto sent = connection_.respond(id, what, carries ? text : std::string());
        if (!sent) return false;
        if (*sent && site_.options.observer) tell_answer(what);
        return true;
    };
    if (say(head, body)) return;
    const auto failure = unsendable_answer();
    (void)say(response_head(failure, site_.date()), failure.body);
}

void H2Exchange::tell_answer(http::ResponseHead head) const {
    head.version_major = 2;
    head.version_minor = 0;
    site_.observe(observe::ResponseSent{head});
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
