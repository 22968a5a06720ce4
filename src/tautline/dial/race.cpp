// SPDX-License-Identifier: MIT
#include <tautline/dial/race.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <tautline/base/contained.hpp>
#include <tautline/dial/contender.hpp>
#include <tautline/dial/h2_pool.hpp>
#include <tautline/dial/pooled_upgrade.hpp>
#include <tautline/dial/proxy_observer.hpp>
#include <tautline/dial/race_failure.hpp>
#include <tautline/dial/route_lookup.hpp>
#include <tautline/dial/tls_contexts.hpp>
#include <tautline/dial/unix_dial.hpp>
#include <tautline/io/loop_part.hpp>
#include <tautline/observe/tell.hpp>
#include <tautline/proto/eyeballs/race.hpp>
#include <tautline/resolve/cares_answer.hpp>
#include <tautline/resolve/cares_resolver.hpp>

namespace tautline::dial {

namespace {

using eyeballs::AttemptId;
using eyeballs::SessionKind;

decltype(AttemptSetup::target) target_of(const eyeballs::Target& target) {
    using Any = decltype(AttemptSetup::target);
    return std::visit([](const auto& to) { return Any(to); }, target);
}

// The driver of one race: it does what the machine says and tells the machine what happens.
class Race final : public TransportOperation,
                   private ContenderHandler,
                   private PooledHandler,
                   private io::TimerNode,
                   private io::TurnNode {
public:
    Race(io::Loop& loop, RaceSetup setup, SessionKind session, OnUpgraded done,
         OnProgress on_progress = {});

    std::optional<Error> no_answer() const override;

private:
    using Standing = std::map<AttemptId, Error>;

    void on_turn() override;
    void begin(bool http1_only = false);
    std::shared_ptr<const ProxyRoute> make_route();
    std::shared_ptr<H2Client> pooled();
    void reuse(std::shared_ptr<H2Client> h2);
    Instant deadline() const;
    void wake_up_at(Instant next);
    void on_silence() override;
    void on_refused() override;
    void on_answered(std::expected<Upgraded, Error> result) override;
    void remember(Error refusal);
    void win_without_race(std::expected<Upgraded, Error> result);
    void on_timer(Instant now) override;
    void give_up();
    void on_progress(AttemptId id) override;
    void on_connected(AttemptId id, eyeballs::HttpVersion version) override;
    void on_settings(AttemptId id, const eyeballs::PeerSettings& settings) override;
    void on_session(AttemptId id, eyeballs::SessionResult result, const Error& error) override;
    void on_refusal(AttemptId id, const Error& error) override;
    void on_failure(AttemptId id, const Error& error) override;
    void on_answer(const eyeballs::SendQuery& query, const eyeballs::Answer& answer,
                   eyeballs::Freshness freshness);

    void drive();
    void execute(const eyeballs::SendQuery& query);
    void execute(const eyeballs::CancelQuery& query);
    void execute(const eyeballs::StartAttempt& attempt);
    void execute(const eyeballs::EstablishSession& session);
    void execute(const eyeballs::CancelAttempt& attempt);
    void execute(const eyeballs::RememberHttp1Only&);
    void execute(const eyeballs::Succeeded& winner);
    void execute(const eyeballs::Failed& failed);

    std::expected<TlsContexts::Context, Error> context_for(eyeballs::Protocol protocol);
    bool decided() const;
    std::expected<Upgraded, Error> outcome();
    void finish(std::expected<Upgraded, Error> result);
    void observe(const observe::Event& event);

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
    std::map<AttemptId, std::unique_ptr<Contender>> refused_;  // whose bodies are read
    std::map<AttemptId, Error> refusals_;                      // with their bodies
    Standing given_up_;                                        // how each stood that was cancelled
    bool got_through_ = false;               // the other side of the route was reached
    std::unique_ptr<PooledUpgrade> pooled_;  // while an open connection is asked
    OnProgress on_progress_;
    std::optional<Upgraded> won_;
    std::optional<eyeballs::Failed> failed_;
    Instant pooled_asked_{};
    Instant pooled_until_ = Instant::max();  // how long a refused race waits for `pooled_`
    std::optional<Error> pooled_refusal_;
    bool pooled_refusal_is_final_ = false;  // unless somebody else is granted it
};

bool is_unclear(const Error& refusal) {
    return result_for(refusal, eyeballs::HttpVersion::http2) == eyeballs::SessionResult::unclear;
}

// The same may go well another day, when somebody else answers.
Error cut_short(Error refusal) {
    refusal.code = TransportError::handshake_timeout;
    add_words(refusal, "; there was no other answer in time");
    return refusal;
}

// The machine knows when it gave up an attempt; for what that waited we know.
void complete(eyeballs::Failed& failed, const std::map<AttemptId, Error>& standing) {
    for (auto& report : failed.attempts) {
        const bool cut = report.end == eyeballs::AttemptEnd::cancelled &&
                         failed.reason == eyeballs::FailureReason::abandoned;
        if (cut || report.end == eyeballs::AttemptEnd::timed_out) {
            report.error = standing.at(report.id);
        }
    }
}

Race::Race(io::Loop& loop, RaceSetup setup, SessionKind session, OnUpgraded done,
           OnProgress on_progress)
    : loop_(loop),
      setup_(std::move(setup)),
      session_(session),
      done_(std::move(done)),
      tls_(setup_.tls),
      origin_(origin_for(setup_)),
      pool_(io::part_of<H2Pool>(loop)),
      resolver_(setup_.resolver ? *setup_.resolver : resolve::system_resolver(loop)),
      on_progress_(std::move(on_progress)) {
    loop_.call_soon(*this);
}

void Race::on_turn() {
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
void Race::begin(bool http1_only) {
    const bool known = pool_.is_http1_only(origin_, loop_.now());
    machine_.emplace(machine_setup(setup_, session_, http1_only || known), loop_.random(),
                     loop_.now(), patient_until(setup_));
    drive();
}

std::shared_ptr<const ProxyRoute> Race::make_route() {
    return std::make_shared<ProxyRoute>(ProxyRoute{
        *setup_.proxy, setup_.proxy_options,
        [&loop = loop_, setup = setup_for_proxy(setup_)](AttemptId attempt, OnProgress on_progress,
                                                         OnStream done) {
            auto own = setup;
            own.observed.observer = observer_for_proxy(setup.observed.observer, attempt);
            return race_transport(loop, std::move(own), std::move(done), std::move(on_progress));
        }});
}

// The origin may have an open connection that takes WebSockets (RFC 8441 section 1).
std::shared_ptr<H2Client> Race::pooled() {
    const bool wanted = session_ == SessionKind::websocket && setup_.uri.secure &&
                        setup_.network.http_versions.http2;
    return wanted ? pool_.find(origin_) : nullptr;
}

void Race::reuse(std::shared_ptr<H2Client> h2) {
    wake_up_at(Instant::max());
    const Duration patience =
        std::min(setup_.network.session_timeout, (deadline() - loop_.now()) / 2);
    PooledHandler& handler = *this;
    pooled_asked_ = loop_.now();
    pooled_ = std::make_unique<PooledUpgrade>(loop_, std::move(h2), handler);
    pooled_->start(setup_.offer, setup_.observed, loop_.now() + patience);
}

Instant Race::deadline() const {
    return got_through_ ? setup_.give_up_at : std::min(setup_.give_up_at, setup_.move_on_at);
}

void Race::wake_up_at(Instant next) { loop_.timers().schedule(*this, std::min(next, deadline())); }

void Race::on_silence() { begin(); }

// What the server said is final, but for those that were asked before it came.
void Race::on_refused() {
    pooled_refusal_ = pooled_->refusal();
    pooled_refusal_is_final_ = true;
    if (!machine_) return;
    machine_->handle_rejection_elsewhere(loop_.now());
    drive();
}

// When the connection was lost there are other ways.
void Race::on_answered(std::expected<Upgraded, Error> result) {
    pooled_.reset();
    if (result) return win_without_race(std::move(result));
    const bool unclear = is_unclear(result.error());
    if (result.error().refusal) remember(std::move(result.error()));
    if (decided()) return finish(outcome());
    if (!machine_) begin(unclear);
}

// An unclear one is final where HTTP/1.1 may not be asked.
void Race::remember(Error refusal) {
    if (is_unclear(refusal) && !setup_.network.http_versions.http1) pooled_refusal_is_final_ = true;
    pooled_refusal_ = std::move(refusal);
}

void Race::win_without_race(std::expected<Upgraded, Error> result) {
    machine_.reset();
    contenders_.clear();
    refused_.clear();
    queries_.clear();
    finish(std::move(result));
}

void Race::on_timer(Instant now) {
    if (now >= deadline()) return give_up();
    if (now >= pooled_until_) {
        pooled_until_ = Instant::max();
        pooled_.reset();
    } else {
        machine_->handle_timeout(now);
    }
    drive();
}

// The time is up: the machine tells how far everything came.
void Race::give_up() {
    const auto pooled = std::exchange(pooled_, nullptr);
    if (pooled && pooled->refusal()) remember(*pooled->refusal());
    refused_.clear();
    if (decided()) return finish(outcome());
    if (!machine_) {
        auto silence = timeout_error(Phase::handshake, setup_.uri.endpoint());
        return finish(std::unexpected(pooled_refusal_ ? cut_short(*std::move(pooled_refusal_))
                                                      : deadline_error(std::move(silence))));
    }
    machine_->abandon();
    drive();
}

void Race::on_progress(AttemptId id) {
    if (contenders_.at(id)->got_through()) got_through_ = true;
    if (on_progress_) on_progress_();
    machine_->handle_progress(id, loop_.now());
    if (const auto next = machine_->next_timeout()) wake_up_at(*next);
}

void Race::on_connected(AttemptId id, eyeballs::HttpVersion version) {
    got_through_ = true;
    machine_->handle_connected(id, version, loop_.now());
    drive();
}

void Race::on_settings(AttemptId id, const eyeballs::PeerSettings& settings) {
    machine_->handle_settings(id, settings, loop_.now());
    drive();
}

void Race::on_session(AttemptId id, eyeballs::SessionResult result, const Error& error) {
    if (error.code) observe(observe::AttemptFailed{error, id});
    machine_->handle_session(id, result, error, loop_.now());
    drive();
}

void Race::on_refusal(AttemptId id, const Error& error) {
    refusals_[id] = error;
    refused_.erase(id);
    if (decided()) finish(outcome());
}

void Race::on_failure(AttemptId id, const Error& error) {
    observe(observe::AttemptFailed{error, id});
    machine_->handle_failure(id, error, loop_.now());
    contenders_.erase(id);
    drive();
}

void Race::on_answer(const eyeballs::SendQuery& query, const eyeballs::Answer& answer,
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
void Race::drive() {
    while (auto output = machine_->poll_output()) {
        if (auto* failed = std::get_if<eyeballs::Failed>(&*output)) complete(*failed, given_up_);
        observe(observe::RaceStep{*output});
        std::visit([this](const auto& order) { execute(order); }, *output);
    }
    if (decided()) return finish(outcome());
    wake_up_at(machine_->next_timeout().value_or(pooled_until_));
}

bool Race::decided() const {
    const bool over = machine_ ? failed_.has_value() : pooled_refusal_is_final_;
    return won_ || (over && refused_.empty() && !pooled_);
}

std::expected<Upgraded, Error> Race::outcome() {
    if (won_) return *std::move(won_);
    if (pooled_refusal_is_final_) return std::unexpected(*std::move(pooled_refusal_));
    for (auto& report : failed_->attempts) {
        const auto whole = refusals_.find(report.id);
        if (whole != refusals_.end()) report.error = whole->second;
    }
    // Whoever wanted no more than a transport has a deadline of his own to tell.
    Error error = session_ == SessionKind::none ? cause_of(*failed_, setup_.uri)
                                                : error_for(*failed_, setup_.uri);
    if (pooled_refusal_ && !error.refusal) {
        const bool late = error.code == TransportError::handshake_timeout;
        return std::unexpected(late ? cut_short(*std::move(pooled_refusal_))
                                    : *std::move(pooled_refusal_));
    }
    const bool shown = !setup_.tls.certificate_file.empty();
    return std::unexpected(shown ? with_own_certificate(std::move(error)) : std::move(error));
}

// A copy of the machine is a race of its own: it tells how this one would fail.
std::optional<Error> Race::no_answer() const {
    if (!machine_) return std::nullopt;
    Standing standing = given_up_;
    for (const auto& [id, contender] : contenders_) standing[id] = contender->no_answer();
    auto machine = *machine_;
    machine.abandon();
    while (auto output = machine.poll_output()) {
        auto* failed = std::get_if<eyeballs::Failed>(&*output);
        if (failed == nullptr) continue;
        complete(*failed, standing);
        Error error = cause_of(*failed, setup_.uri);
        error.code = TransportError::handshake_timeout;
        return error;
    }
    return std::nullopt;
}

void Race::execute(const eyeballs::SendQuery& query) {
    const auto tell = [this, query](const auto& answer, auto freshness) {
        on_answer(query, answer, freshness);
    };
    auto& asking = queries_[query.id];
    if (contained([&] { asking = resolver_.ask(loop_, query, tell); })) return;
    asking = resolve::answer_later(loop_, resolve::failed("the resolver threw"),
                                   eyeballs::Freshness::fresh, {}, tell);
}

void Race::execute(const eyeballs::CancelQuery& query) { queries_.erase(query.id); }

void Race::execute(const eyeballs::StartAttempt& attempt) {
    auto context = context_for(attempt.endpoint.protocol);
    if (!context) return machine_->handle_failure(attempt.id, context.error(), loop_.now());
    const auto& name = setup_.tls.server_name;
    AttemptSetup setup{.target = target_of(attempt.endpoint.target),
                       .via = via_,
                       .tls = std::move(*context),
                       .server_name = name.empty() ? setup_.uri.host : name,
                       .observed = setup_.observed,
                       .id = attempt.id};
    ContenderHandler& handler = *this;
    contenders_[attempt.id] = std::make_unique<Contender>(loop_, attempt.id, std::move(setup),
                                                          setup_.head_limits, handler);
}

void Race::execute(const eyeballs::EstablishSession& session) {
    contenders_.at(session.id)->establish(setup_.offer);
}

void Race::execute(const eyeballs::CancelAttempt& attempt) {
    auto& contender = contenders_.at(attempt.id);
    given_up_[attempt.id] = contender->no_answer();
    if (contender->refused()) refused_[attempt.id] = std::move(contender);
    contenders_.erase(attempt.id);
}

void Race::execute(const eyeballs::RememberHttp1Only&) {
    pool_.remember_http1_only(origin_, loop_.now());
}

void Race::execute(const eyeballs::Succeeded& winner) {
    auto& contender = *contenders_.at(winner.id);
    if (session_ == SessionKind::none) {
        won_.emplace().stream = contender.take_stream();
        return;
    }
    won_ = contender.take();
    if (auto h2 = contender.take_h2()) pool_.add(origin_, std::move(h2));
}

// What an open connection was asked before may still be granted, also where the server refuses the
// same on another: as in the machine, for as long as a session may take from when it was asked.
void Race::execute(const eyeballs::Failed& failed) {
    failed_ = failed;
    const bool rejected = failed.reason == eyeballs::FailureReason::rejected;
    if (!rejected || !pooled_ || pooled_refusal_is_final_) return;
    pooled_until_ = pooled_asked_ + setup_.network.session_timeout;
}

std::expected<TlsContexts::Context, Error> Race::context_for(eyeballs::Protocol protocol) {
    if (!setup_.uri.secure) return nullptr;
    const auto alpn = eyeballs::alpn_for(protocol);
    return tls_.get({alpn.begin(), alpn.end()});
}

// Whoever is told may keep the race: it must not wake up again.
void Race::finish(std::expected<Upgraded, Error> result) {
    loop_.timers().cancel(*this);
    pooled_.reset();
    refused_.clear();
    auto done = std::exchange(done_, nullptr);
    done(std::move(result));
}

void Race::observe(const observe::Event& event) {
    observe::tell(setup_.observed, event, loop_.now());
}

}  // namespace

std::unique_ptr<Operation> race(io::Loop& loop, RaceSetup setup, OnUpgraded done) {
    if (!setup.uri.unix_path.empty()) {
        return std::make_unique<UnixDial>(loop, std::move(setup), std::move(done));
    }
    return std::make_unique<Race>(loop, std::move(setup), SessionKind::websocket, std::move(done));
}

std::unique_ptr<TransportOperation> race_transport(io::Loop& loop, RaceSetup setup, OnStream done,
                                                   OnProgress on_progress) {
    auto stream_only = [done = std::move(done)](std::expected<Upgraded, Error> result) mutable {
        if (!result) return done(std::unexpected(std::move(result.error())));
        done(std::move(result->stream));
    };
    return std::make_unique<Race>(loop, std::move(setup), SessionKind::none, std::move(stream_only),
                                  std::move(on_progress));
}

}  // namespace tautline::dial
