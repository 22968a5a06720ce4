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
    [[nodiscard]] static Slot of(std::shared_ptr<Slot> shared, Slot own) {
        return Slot(*new SharedSlot(std::move(shared), std::move(own)));
    }

private:
    SharedSlot(std::shared_ptr<Slot> shared, Slot own)
        : shared_(std::move(shared)), own_(std::move(own)) {}
    void release_slot() override { delete this; }

    std::shared_ptr<Slot> shared_;
    Slot own_;
};

}  // namespace

/// A request that the application has not decided on yet.
class H2Exchange::Decision final : public io::TimerNode {
public:
    Decision(H2Exchange& owner, h2::StreamId id, UpgradeCall upgrade, http::RequestHead request)
        : call(std::move(upgrade)),
          owner_(owner),
          id_(id),
          state_(std::make_shared<UpgradeRequest::State>(
              std::move(request), owner.info_.peer_address, call.parameters)) {}
    ~Decision() override { state_->detach(); }

    void ask() {
        owner_.site_.loop.timers().schedule(
            *this, owner_.site_.loop.now() + owner_.site_.options.handshake_timeout);
        state_->attach(owner_.site_.loop,
                       [weak = owner_.weak_from_this(), id = id_](Verdict verdict) {
                           const auto owner = weak.lock();
                           if (!owner) return;
                           const auto self = owner->deciding_.find(id);
                           if (self == owner->deciding_.end()) return;
                           owner->decide(id, *self->second, std::move(verdict));
                       });
        try {
            call.route->options.on_upgrade(UpgradeRequest(state_));
        } catch (...) {
            state_->decide(
                std::unexpected(websocket::reject(500, {}, "The server failed to decide.\n")));
        }
    }
    [[nodiscard]] const http::RequestHead& request() const { return state_->request; }

    UpgradeCall call;

private:
    void on_timer(Instant) override {
        owner_.decide(
            id_, *this,
            std::unexpected(websocket::reject(503, {}, "The server took too long to decide.\n")));
    }

    H2Exchange& owner_;
    h2::StreamId id_;
    std::shared_ptr<UpgradeRequest::State> state_;
};

void H2Exchange::start(Site& site, Slot slot, std::unique_ptr<transport::ByteStream> stream,
                       Instant since, MutableBytes received) {
    const auto exchange =
        std::make_shared<H2Exchange>(site, std::move(slot), std::move(stream), since);
    site.registry.add(exchange);
    if (site.going_away) exchange->connection_.go_away();
    if (!received.empty()) exchange->connection_.receive(received);
}

H2Exchange::H2Exchange(Site& site, Slot slot, std::unique_ptr<transport::ByteStream> stream,
                       Instant since)
    : site_(site),
      slot_(std::make_shared<Slot>(std::move(slot))),
      info_(stream->info()),
      connection_(site.loop, std::move(stream), h2::Role::server, *this,
                  {.protocol = *site.options.http2,
                   .head = site.options.head_limits,
                   .idle_timeout = site.options.handshake_timeout,
                   .idle_since = since,
                   .answer_timeout = site.options.handshake_timeout}) {}

H2Exchange::~H2Exchange() = default;

// ── requests ──

void H2Exchange::on_request(h2::StreamId id, h2::Request request, bool ends) {
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
    respond(id, request, response_head(response), response.body);
}

void H2Exchange::handle(h2::StreamId id, const http::RequestHead& request,
                        const websocket::Refused& refused) {
    respond(id, request, refused.response, refused.body);
}

void H2Exchange::handle(h2::StreamId id, const http::RequestHead& request, const PlainCall& call) {
    handle(id, request, answer(call, request, info_.peer_address));
}

void H2Exchange::handle(h2::StreamId id, const http::RequestHead& request, UpgradeCall call) {
    if (site_.going_away) return handle(id, request, websocket::reject(503));
    if (!call.route->options.on_upgrade) return accept(id, std::move(call), request);
    auto& decision = deciding_[id];
    decision = std::make_unique<Decision>(*this, id, std::move(call), request);
    decision->ask();
}

// Destroys `decision`: what is needed of it is taken out first.
void H2Exchange::decide(h2::StreamId id, Decision& decision, Verdict verdict) {
    const auto request = decision.request();
    auto call = std::move(decision.call);
    deciding_.erase(id);
    if (!verdict) return handle(id, request, verdict.error());
    auto accepted = websocket::accept(request, policy_for(call.route->options, std::move(*verdict)),
                                      HandshakeForm::extended_connect);
    if (!accepted) return handle(id, request, accepted.error());
    call.accepted = std::move(*accepted);
    accept(id, std::move(call), request);
}

void H2Exchange::accept(h2::StreamId id, UpgradeCall call, const http::RequestHead& request) {
    auto slot = session_slot();
    if (!slot) return handle(id, request, websocket::reject(503, {}, "The server is full.\n"));
    auto& accepted = call.accepted;
    auto stream = connection_.accept(id, accepted.response);
    if (!stream) return handle(id, request, websocket::reject(500));
    auto info = std::make_shared<OpenInfo>(
        OpenInfo{.request = request,
                 .response_fields = std::move(accepted.response.fields),
                 .parameters = std::move(call.parameters),
                 .subprotocol = std::move(accepted.agreement.subprotocol),
                 .compression = accepted.agreement.compression,
                 .stream = info_});
    open_session(site_,
                 {.stream = std::move(*stream),
                  .route = std::move(call.route),
                  .info = std::move(info),
                  .slot = *std::move(slot)},
                 {});
}

// A session needs as much as one that came by itself, but the first needs no further slot.
std::optional<Slot> H2Exchange::session_slot() {
    const bool first = slot_.use_count() == 1;
    if (first || !site_.slots) return SharedSlot::of(slot_, Slot());
    auto own = site_.slots->next_slot();
    if (!own) return std::nullopt;
    return SharedSlot::of(slot_, *std::move(own));
}

void H2Exchange::respond(h2::StreamId id, const http::RequestHead& request,
                         const http::ResponseHead& head, const std::string& body) {
    const ResponseForm form{.with_body = request.method != "HEAD"};
    const auto say = [&](const http::ResponseHead& what, const std::string& text) {
        const bool carries = carries_body(what.status, form);
        return connection_.respond(id, what, carries ? text : std::string());
    };
    if (say(head, body)) return;
    const auto failure = unsendable_answer();
    (void)say(response_head(failure), failure.body);
}

// ── the end ──

void H2Exchange::go_away() {
    while (!deciding_.empty()) {
        const auto first = deciding_.begin();
        decide(first->first, *first->second,
               std::unexpected(websocket::reject(503, {}, "The server is going away.\n")));
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
