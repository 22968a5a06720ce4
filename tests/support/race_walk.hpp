// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tests/support/race_knowledge.hpp>
#include <tests/support/race_witness.hpp>

#include <tautline/proto/eyeballs/race.hpp>

namespace tautline::test {

/// Always the same bytes: copies of a race go the same ways.
class ConstantRandom final : public RandomBytes {
public:
    void fill(MutableBytes out) override { std::ranges::fill(out, std::byte{0}); }
};

/// Where a race takes place: its options, and every answer that a query may get.
struct RaceWorld {
    eyeballs::RaceSetup setup;
    std::function<std::vector<eyeballs::Answer>(const RaceWitness::Query&)> answers;
    /// Also progress, stale answers, waits, and facts about what is gone or makes no sense.
    bool everything = false;
    /// The types whose queries get stale answers too, where they allow that.
    std::vector<eyeballs::RecordType> stale = {};
    bool no_streams = false;  ///< Also SETTINGS that take no streams.
    /// Which SETTINGS and session results come: all, unless a world is split by them.
    std::vector<std::size_t> settings = {0, 1, 2};
    std::vector<std::size_t> results = {0, 1, 2, 3, 4, 5};
    /// Nothing is heard of an attempt while a query is in flight.
    bool answers_first = false;
    bool progress = false;  ///< Also progress, of each attempt once at a time.
    /// Off for what `RaceKnowledge` does not know: routes, NAT64, names that others resolve.
    bool judged = true;
    Instant patient_until = Instant::min();
};

/// One thing that a world can do to a race.
struct RaceMove {
    enum class Kind {
        answer,
        stale_answer,
        connect,
        settings,
        session,
        fail,
        ech_retry,
        progress,
        wait,
        timer
    };
    Kind kind = Kind::timer;
    std::uint64_t id = 0;
    std::size_t choice = 0;  ///< Which answer, version, settings or result.
};

/// A race, its witness and the time: a state of the world. Copies go on by themselves.
class RaceWalk {
public:
    RaceWalk(const RaceWorld& world, RandomBytes& random)
        : world_(&world),
          race_(world.setup, random, Instant{}, world.patient_until),
          knowledge_(std::make_shared<RaceKnowledge>(world.setup)) {
        look();
    }

    [[nodiscard]] const RaceWitness& witness() const { return witness_; }
    /// Forgets what was said: copies become cheap.
    void forget_lines() { witness_.lines.clear(); }

    /// Everything that may happen now.
    [[nodiscard]] std::vector<RaceMove> moves() const {
        std::vector<RaceMove> moves;
        for (const auto& query : witness_.queries) add_answers(moves, query);
        const bool asked = std::ranges::any_of(witness_.queries, &RaceWitness::Query::in_flight);
        for (const auto& attempt : witness_.attempts) {
            if (!asked || !world_->answers_first) add_facts(moves, attempt);
        }
        if (!race_.next_timeout()) return moves;
        moves.push_back({RaceMove::Kind::timer, 0, 0});
        for (std::size_t i = 1; i < 4 && world_->everything; ++i) {
            moves.push_back({RaceMove::Kind::wait, 0, i});
        }
        return moves;
    }

    void make(const RaceMove& move) {
        using enum RaceMove::Kind;
        const eyeballs::AttemptId id(move.id);
        switch (move.kind) {
            case answer:
            case stale_answer: give_answer(move); break;
            case connect: connect_as(id, static_cast<eyeballs::HttpVersion>(move.choice)); break;
            case settings: tell_settings(id, move.choice); break;
            case session:
                note_session(id, static_cast<eyeballs::SessionResult>(move.choice));
                race_.handle_session(id, static_cast<eyeballs::SessionResult>(move.choice), {},
                                     now_);
                break;
            case fail:
                witness_.gone(id);
                race_.handle_failure(id, {}, now_);
                break;
            case ech_retry:
                witness_.gone(id);
                race_.handle_ech_retry(id, {static_cast<std::uint8_t>(move.choice)}, now_);
                break;
            case progress: tell_progress(id); break;
            case wait:
                now_ += (race_.next_timeout().value_or(now_) - now_) / 4 * move.choice;
                break;
            case timer: fire(); break;
        }
        look();
    }

    void abandon() {
        race_.abandon();
        look();
    }

    // What `RaceFingerprint` needs besides.
    [[nodiscard]] const RaceWorld& world() const { return *world_; }
    [[nodiscard]] const RaceKnowledge& knowledge() const { return *knowledge_; }
    [[nodiscard]] bool no_http2() const { return no_http2_; }
    /// That is not known for sure: see `SessionResult::unclear`.
    [[nodiscard]] bool doubted() const { return no_http2_ && !known_; }
    /// Nothing more may begin.
    [[nodiscard]] bool rejected() const { return rejected_; }
    [[nodiscard]] Duration age(Instant moment) const { return now_ - moment; }
    [[nodiscard]] Instant first_answer() const { return first_answer_; }
    [[nodiscard]] bool patient() const { return now_ < world_->patient_until; }

private:
    using State = RaceWitness::State;

    // Every attempt is judged by what is known at its start.
    void look() {
        const std::size_t before = witness_.attempts.size();
        std::size_t asked = witness_.queries.size();
        witness_.look(race_, now_);
        if (rejected_ && witness_.attempts.size() > before) {
            witness_.broken.emplace_back("an attempt behind a rejection");
        }
        if (!world_->judged) return;
        for (; asked < witness_.queries.size(); ++asked) {
            own_knowledge().ask(witness_.queries[asked]);
        }
        const std::span attempts(witness_.attempts);
        for (std::size_t i = before; i < attempts.size(); ++i) {
            const bool no_http2 = no_http2_ || world_->setup.origin.http1_only;
            const auto why = knowledge_->objection(attempts.first(i), attempts[i], no_http2, now_);
            if (why.empty()) continue;
            witness_.broken.push_back(attempts[i].endpoint.to_string() + " " + why);
        }
    }

    // Copies of a walk share what they know until one is told more.
    [[nodiscard]] RaceKnowledge& own_knowledge() {
        if (knowledge_.use_count() > 1) knowledge_ = std::make_shared<RaceKnowledge>(*knowledge_);
        return *knowledge_;
    }

    void add_answers(std::vector<RaceMove>& moves, const RaceWitness::Query& query) const {
        if (!query.in_flight && !world_->everything) return;
        const std::size_t count = world_->answers(query).size();
        const bool stale = query.allow_stale &&
                           std::ranges::find(world_->stale, query.type) != world_->stale.end();
        for (std::size_t i = 0; i < count; ++i) {
            moves.push_back({RaceMove::Kind::answer, query.id.value(), i});
            if (world_->everything || stale) {
                moves.push_back({RaceMove::Kind::stale_answer, query.id.value(), i});
            }
        }
    }

    void add_facts(std::vector<RaceMove>& moves, const RaceWitness::Attempt& attempt) const {
        using enum RaceMove::Kind;
        const bool all = world_->everything;
        const std::uint64_t id = attempt.id.value();
        if (attempt.state == State::gone && !all) return;
        for (std::size_t version = 0; version < 3; ++version) {
            const bool offered = eyeballs::speaks(attempt.endpoint.protocol,
                                                  static_cast<eyeballs::HttpVersion>(version));
            const bool fits = attempt.state == State::connecting && offered;
            if (all || fits) moves.push_back({connect, id, version});
        }
        const bool settings_due = attempt.state == State::connected && !attempt.told_settings &&
                                  attempt.version != eyeballs::HttpVersion::http1;
        if (all || settings_due) {
            for (const std::size_t i : world_->settings) moves.push_back({settings, id, i});
            if (all || world_->no_streams) moves.push_back({settings, id, 3});
        }
        if (all || attempt.state == State::asked) {
            for (const std::size_t i : world_->results) moves.push_back({session, id, i});
        }
        moves.push_back({fail, id, 0});
        const bool comes_on = world_->progress && attempt.changed < now_;
        if (all || comes_on) moves.push_back({progress, id, 0});
        const bool secret = attempt.state == State::connecting && !attempt.endpoint.ech.empty();
        if (all || secret) moves.push_back({ech_retry, id, 1});
        if (all) moves.push_back({ech_retry, id, 2});
    }

    void give_answer(const RaceMove& move) {
        const eyeballs::QueryId id(move.id);
        const auto query = std::ranges::find(witness_.queries, id, &RaceWitness::Query::id);
        const auto answers = world_->answers(*query);
        const bool stale = move.kind == RaceMove::Kind::stale_answer;
        if (query->in_flight) query->answer = move.choice + (stale ? 101 : 1);
        if (query->in_flight) own_knowledge().tell(*query, answers[move.choice]);
        if (first_answer_ == Instant::max()) first_answer_ = now_;
        witness_.answered(id);
        race_.handle_answer(id, answers[move.choice],
                            stale ? eyeballs::Freshness::stale : eyeballs::Freshness::fresh, now_);
    }

    void connect_as(eyeballs::AttemptId id, eyeballs::HttpVersion version) {
        const auto* attempt = witness_.find(id);
        const bool news = attempt != nullptr && attempt->state == State::connecting;
        witness_.connected(id, version, now_);
        if (news && attempt->unfit) note_unfit(*attempt);
        race_.handle_connected(id, version, now_);
    }

    void note_session(eyeballs::AttemptId id, eyeballs::SessionResult result) {
        const auto* attempt = witness_.find(id);
        if (attempt == nullptr || attempt->state != State::asked) return;
        if (result == eyeballs::SessionResult::not_supported) note_unfit(*attempt);
        if (result == eyeballs::SessionResult::unclear) note_unclear(*attempt);
        const bool ends = world_->setup.config.after_rejection == eyeballs::AfterRejection::fail;
        if (result == eyeballs::SessionResult::rejected && ends) rejected_ = true;
    }
    // Other endpoints are offered HTTP/1.1 alone from here on.
    void note_unfit(const RaceWitness::Attempt& attempt) {
        if (attempt.version == eyeballs::HttpVersion::http2) no_http2_ = known_ = true;
    }
    void note_unclear(const RaceWitness::Attempt& attempt) {
        if (attempt.version == eyeballs::HttpVersion::http2) no_http2_ = true;
    }

    // Nothing, what WebSocket needs, all, all but streams.
    void tell_settings(eyeballs::AttemptId id, std::size_t choice) {
        if (auto* attempt = witness_.find(id)) {
            const bool news = attempt->state == State::connected && !attempt->told_settings;
            if (news) attempt->changed = now_;
            const bool early = attempt->state == State::connecting;
            if (early || news) attempt->unfit = choice == 0;
            if (news && attempt->unfit) note_unfit(*attempt);
            attempt->told_settings = true;
        }
        race_.handle_settings(id, {choice > 0, choice > 1, choice < 3}, now_);
    }

    void tell_progress(eyeballs::AttemptId id) {
        if (auto* attempt = witness_.find(id)) attempt->changed = now_;
        race_.handle_progress(id, now_);
    }

    void fire() {
        now_ = race_.next_timeout().value_or(now_);
        race_.handle_timeout(now_);
    }

    const RaceWorld* world_;
    eyeballs::Race race_;
    RaceWitness witness_;
    std::shared_ptr<RaceKnowledge> knowledge_;
    Instant now_;
    bool no_http2_ = false;
    bool known_ = false;  // that there is no HTTP/2
    bool rejected_ = false;
    Instant first_answer_ = Instant::max();
};

}  // namespace tautline::test
