// SPDX-License-Identifier: MIT
#include <tautline/dial/race.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <tautline/dial/contender.hpp>
#include <tautline/dial/h2_pool.hpp>
#include <tautline/dial/h2_upgrade.hpp>
#include <tautline/dial/race_failure.hpp>
#include <tautline/dial/route_lookup.hpp>
#include <tautline/dial/tls_contexts.hpp>
#include <tautline/proto/eyeballs/race.hpp>
#include <tautline/resolve/cares_resolver.hpp>

namespace tautline::dial {

namespace {

using eyeballs::AttemptId;

using eyeballs::SessionKind;

eyeballs::RaceSetup machine_setup(const RaceSetup& setup, SessionKind session, bool http1_only) {
    eyeballs::RaceSetup machine{.config = setup.network,
                                .origin = {.host = setup.uri.host,
                                           .port = setup.uri.port,
                                           .secure = setup.uri.secure,
                                           .http1_only = http1_only}};
    machine.config.session = session;
    machine.config.ech = false;  // our TLS cannot do it: no record may be preferred for it
    if (!h2::kBuiltIn) machine.config.http_versions.http2 = false;
    if (setup.proxy) {
        // A socks5 proxy wants addresses from us; all others resolve the name themselves.
        machine.config.resolution = setup.proxy->scheme == proxy::Scheme::socks5
                                        ? eyeballs::Resolution::by_address
                                        : eyeballs::Resolution::by_name;
        machine.config.http_versions.http3 = false;
    }
    return machine;
}

// How the proxy itself is reached: a race of its own, for a transport alone.
RaceSetup setup_for_proxy(const RaceSetup& setup) {
    http::Uri uri;
    uri.secure = setup.proxy->scheme == proxy::Scheme::https;
    uri.host = setup.proxy->host;
    uri.port = setup.proxy->port;
    RaceSetup to_proxy{.uri = uri,
                       .offer = {.uri = uri},
                       .tls = setup.proxy_options.tls,
                       .head_limits = setup.head_limits,
                       .network = setup.network,
                       .resolver = setup.resolver,
                       .observer = nullptr};
    to_proxy.network.http_versions = eyeballs::HttpVersions::only(eyeballs::HttpVersion::http1);
    to_proxy.network.alt_services.clear();
    return to_proxy;
}

// Who resolves names or gives credentials in a way of its own may lead elsewhere.
H2Pool::Origin origin_for(const RaceSetup& setup) {
    const bool authenticates = setup.proxy && setup.proxy_options.authenticate;
    return {.host = setup.uri.host,
            .port = setup.uri.port,
            .tls = setup.tls,
            .ip = setup.network.ip,
            .head_limits = setup.head_limits,
            .proxy = setup.proxy,
            .proxy_tls = setup.proxy_options.tls,
            .shared = !setup.resolver && !authenticates && setup.network.alt_services.empty()};
}

decltype(AttemptSetup::target) target_of(const eyeballs::Target& target) {
    using Any = decltype(AttemptSetup::target);
    return std::visit([](const auto& to) { return Any(to); }, target);
}

// The driver of one race: it does what the machine says and tells the machine what happens.
class Race final : public Operation,
                   private ContenderHandler,
                   private io::TimerNode,
                   private io::TurnNode {
public:
    Race(io::Loop& loop, RaceSetup setup, SessionKind session, OnUpgraded done)
        : loop_(loop),
          setup_(std::move(setup)),
          session_(session),
          done_(std::move(done)),
          tls_(setup_.tls),
          origin_(origin_for(setup_)),
          pool_(H2Pool::of(loop)),
          resolver_(setup_.resolver ? *setup_.resolver : resolve::system_resolver(loop)) {
        loop_.call_soon(*this);
    }

private:
    void on_turn() override {
        // What no attempt can do without is not worth a query.
        if (auto context = context_for(eyeballs::Protocol::http1); !context) {
            return finish(std::unexpected(std::move(context.error())));
        }
        auto unfit = setup_.proxy ? std::nullopt : wrong_version(setup_.uri, setup_.network);
        if (unfit) return finish(std::unexpected(*std::move(unfit)));
        if (setup_.proxy) via_ = make_route();
        if (auto h2 = pooled()) return reuse(std::move(h2));
        begin();
    }
    // Its deadlines count from here.
    void begin() {
        machine_.emplace(machine_setup(setup_, session_, pool_.is_http1_only(origin_)),
                         loop_.random(), loop_.now());
        drive();
    }
    std::shared_ptr<const ProxyRoute> make_route() {
        return std::make_shared<ProxyRoute>(
            ProxyRoute{*setup_.proxy, setup_.proxy_options,
                       [&loop = loop_, setup = setup_for_proxy(setup_)](OnStream done) {
                           return race_transport(loop, setup, std::move(done));
                       }});
    }
    // The origin may have an open connection that takes WebSockets (RFC 8441 section 1).
    std::shared_ptr<H2Client> pooled() {
        const bool wanted = session_ == SessionKind::websocket && setup_.uri.secure &&
                            setup_.network.http_versions.http2;
        return wanted ? pool_.find(origin_) : nullptr;
    }
    void reuse(std::shared_ptr<H2Client> h2) {
        wake_up_at(loop_.now() + patience());
        asked_ = h2;
        auto upgrade =
            std::make_unique<H2Upgrade>(loop_, std::move(h2), setup_.offer, setup_.observer);
        upgrade->start([this](auto result) { reused(std::move(result)); });
        reused_ = std::move(upgrade);
    }
    Duration patience() const {
        return std::min(setup_.network.session_timeout, (deadline() - loop_.now()) / 2);
    }
    Instant deadline() const {
        return got_through_ ? setup_.give_up_at : std::min(setup_.give_up_at, setup_.move_on_at);
    }
    void wake_up_at(Instant next) { loop_.timers().schedule(*this, std::min(next, deadline())); }
    // What the server said is final; when the connection was lost there are other ways.
    void reused(std::expected<Upgraded, Error> result) {
        asked_.reset();
        if (result || result_for(result.error()) == eyeballs::SessionResult::rejected) {
            contenders_.clear();
            queries_.clear();
            return finish(std::move(result));
        }
        if (!machine_) return begin();
        if (result_) finish(*std::move(result_));
    }
    void on_timer(Instant now) override {
        if (now >= deadline()) return give_up();
        if (!machine_) {
            // Perhaps nobody is there any more; perhaps the answer just takes its time, and wins.
            asked_->abandon();
            return begin();
        }
        machine_->handle_timeout(now);
        drive();
    }
    // The time is up: the machine tells how far everything came.
    void give_up() {
        if (std::exchange(asked_, nullptr)) reused_.reset();
        if (!machine_) {
            const auto error = timeout_error(Phase::handshake, setup_.uri.endpoint());
            return finish(std::unexpected(deadline_error(error)));
        }
        machine_->abandon();
        drive();
    }
    void on_progress(AttemptId id) override {
        got_through_ = true;
        machine_->handle_progress(id, loop_.now());
        if (const auto next = machine_->next_timeout()) wake_up_at(*next);
    }
    void on_connected(AttemptId id, eyeballs::HttpVersion version) override {
        got_through_ = true;
        machine_->handle_connected(id, version, loop_.now());
        drive();
    }
    void on_settings(AttemptId id, const eyeballs::PeerSettings& settings) override {
        machine_->handle_settings(id, settings, loop_.now());
        drive();
    }
    void on_session(AttemptId id, eyeballs::SessionResult result, const Error& error) override {
        machine_->handle_session(id, result, error, loop_.now());
        drive();
    }
    void on_failure(AttemptId id, const Error& error) override {
        machine_->handle_failure(id, error, loop_.now());
        contenders_.erase(id);
        drive();
    }
    void on_answer(const eyeballs::SendQuery& query, const eyeballs::Answer& answer,
                   eyeballs::Freshness freshness) {
        if (const auto* addresses = std::get_if<std::vector<IpAddress>>(&answer)) {
            const std::size_t most = setup_.network.max_addresses;  // the machine uses no more
            for (const auto& route : routes_to(*addresses, most)) machine_->handle_route(route);
        }
        observe(observe::QueryAnswered{query, answer});
        machine_->handle_answer(query.id, answer, freshness, loop_.now());
        drive();
    }

    // May end the life of the race: nothing is done behind it.
    void drive() {
        while (auto output = machine_->poll_output()) {
            if (auto* failed = std::get_if<eyeballs::Failed>(&*output)) complete(*failed);
            observe(observe::RaceStep{*output});
            std::visit([this](const auto& order) { execute(order); }, *output);
        }
        const bool failed_alone = result_ && !*result_ && asked_;
        if (result_ && !failed_alone) return finish(*std::move(result_));
        wake_up_at(machine_->next_timeout().value_or(Instant::max()));
    }
    // The machine knows when it gave up an attempt; for what that waited we know.
    void complete(eyeballs::Failed& failed) {
        for (auto& report : failed.attempts) {
            const bool cut = report.end == eyeballs::AttemptEnd::cancelled &&
                             failed.reason == eyeballs::FailureReason::abandoned;
            if (cut || report.end == eyeballs::AttemptEnd::timed_out) {
                report.error = given_up_[report.id];
            }
        }
    }
    void execute(const eyeballs::SendQuery& query) {
        queries_[query.id] =
            resolver_.ask(loop_, query, [this, query](const auto& answer, auto freshness) {
                on_answer(query, answer, freshness);
            });
    }
    void execute(const eyeballs::CancelQuery& query) { queries_.erase(query.id); }
    void execute(const eyeballs::StartAttempt& attempt) {
        auto context = context_for(attempt.endpoint.protocol);
        if (!context) return machine_->handle_failure(attempt.id, context.error(), loop_.now());
        const auto& name = setup_.tls.server_name;
        AttemptSetup setup{.target = target_of(attempt.endpoint.target),
                           .via = via_,
                           .tls = std::move(*context),
                           .server_name = name.empty() ? setup_.uri.host : name,
                           .observer = setup_.observer,
                           .id = attempt.id};
        ContenderHandler& handler = *this;
        contenders_[attempt.id] = std::make_unique<Contender>(loop_, attempt.id, std::move(setup),
                                                              setup_.head_limits, handler);
    }
    void execute(const eyeballs::EstablishSession& session) {
        contenders_.at(session.id)->establish(setup_.offer);
    }
    void execute(const eyeballs::CancelAttempt& attempt) {
        given_up_[attempt.id] = contenders_.at(attempt.id)->no_answer();
        contenders_.erase(attempt.id);
    }
    void execute(const eyeballs::RememberHttp1Only&) { pool_.remember_http1_only(origin_); }
    void execute(const eyeballs::Succeeded& winner) {
        auto& contender = *contenders_.at(winner.id);
        if (session_ == SessionKind::none) {
            result_ = Upgraded{.stream = contender.take_stream()};
            return;
        }
        result_ = contender.take();
        if (auto h2 = contender.take_h2()) pool_.add(origin_, std::move(h2));
    }
    void execute(const eyeballs::Failed& failed) {
        Error error = error_for(failed, setup_.uri);
        const bool shown = !setup_.tls.certificate_file.empty();
        result_ = std::unexpected(shown ? with_own_certificate(std::move(error)) : error);
    }

    std::expected<TlsContexts::Context, Error> context_for(eyeballs::Protocol protocol) {
        if (!setup_.uri.secure) return nullptr;
        const auto alpn = eyeballs::alpn_for(protocol);
        return tls_.get({alpn.begin(), alpn.end()});
    }
    // Whoever is told may keep the race: it must not wake up again.
    void finish(std::expected<Upgraded, Error> result) {
        loop_.timers().cancel(*this);
        if (std::exchange(asked_, nullptr)) reused_.reset();
        auto done = std::exchange(done_, nullptr);
        done(std::move(result));
    }
    void observe(const observe::Event& event) {
        if (setup_.observer) setup_.observer->observe(event, loop_.now());
    }

    io::Loop& loop_;
    RaceSetup setup_;
    SessionKind session_;
    OnUpgraded done_;
    TlsContexts tls_;
    std::shared_ptr<const ProxyRoute> via_;
    H2Pool::Origin origin_;
    H2Pool& pool_;
    resolve::Resolver& resolver_;
    std::optional<eyeballs::Race> machine_;  // once there is a race
    std::map<eyeballs::QueryId, std::unique_ptr<Operation>> queries_;
    std::map<AttemptId, std::unique_ptr<Contender>> contenders_;
    std::map<AttemptId, Error> given_up_;  // how each stood that was cancelled
    bool got_through_ = false;             // the other side of the route was reached
    std::unique_ptr<Operation> reused_;    // a stream on a connection that was open already
    std::shared_ptr<H2Client> asked_;      // that connection, while it has not answered
    std::optional<std::expected<Upgraded, Error>> result_;
};

// A socket file has one address and no security: there is nothing to race.
class UnixDial final : public Operation, private ContenderHandler, private io::TimerNode {
public:
    UnixDial(io::Loop& loop, RaceSetup setup, OnUpgraded done)
        : loop_(loop),
          setup_(std::move(setup)),
          done_(std::move(done)),
          contender_(loop, AttemptId{},
                     {.target = UnixPath{setup_.uri.unix_path},
                      .tls = nullptr,
                      .server_name = {},
                      .observer = setup_.observer},
                     setup_.head_limits, *this) {
        loop.timers().schedule(*this, setup_.give_up_at);
    }

private:
    void on_timer(Instant) override {
        finish(std::unexpected(deadline_error(contender_.no_answer())));
    }
    void on_progress(AttemptId) override {}
    void on_settings(AttemptId, const eyeballs::PeerSettings&) override {}
    void on_connected(AttemptId, eyeballs::HttpVersion) override {
        contender_.establish(setup_.offer);
    }
    void on_session(AttemptId, eyeballs::SessionResult result, const Error& error) override {
        if (result != eyeballs::SessionResult::established) return finish(std::unexpected(error));
        finish(contender_.take());
    }
    void on_failure(AttemptId, const Error& error) override { finish(std::unexpected(error)); }
    void finish(std::expected<Upgraded, Error> result) {
        loop_.timers().cancel(*this);
        auto done = std::exchange(done_, nullptr);
        done(std::move(result));
    }

    io::Loop& loop_;
    RaceSetup setup_;
    OnUpgraded done_;
    Contender contender_;
};

}  // namespace

std::unique_ptr<Operation> race(io::Loop& loop, RaceSetup setup, OnUpgraded done) {
    if (!setup.uri.unix_path.empty()) {
        return std::make_unique<UnixDial>(loop, std::move(setup), std::move(done));
    }
    return std::make_unique<Race>(loop, std::move(setup), SessionKind::websocket, std::move(done));
}

std::unique_ptr<Operation> race_transport(io::Loop& loop, RaceSetup setup, OnStream done) {
    auto stream_only = [done = std::move(done)](std::expected<Upgraded, Error> result) mutable {
        if (!result) return done(std::unexpected(std::move(result.error())));
        done(std::move(result->stream));
    };
    return std::make_unique<Race>(loop, std::move(setup), SessionKind::none,
                                  std::move(stream_only));
}

}  // namespace tautline::dial
