// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tests/support/race_fingerprint.hpp>
#include <tests/support/race_walk.hpp>

namespace tautline::test {

/// The hashes of the states that were seen. Of two million states two have one hash with a chance
/// of one in ten million; that would hide one of them.
class SeenStates {
public:
    /// Whether it is new.
    bool insert(std::uint64_t hash) {
        if (++count_ * 2 > slots_.size()) grow();
        if (put(hash)) return true;
        --count_;
        return false;
    }
    [[nodiscard]] std::size_t size() const { return count_; }

private:
    bool put(std::uint64_t hash) {
        if (hash == kFree) hash = 1;
        std::size_t at = hash & (slots_.size() - 1);
        for (; slots_[at] != kFree; at = (at + 1) & (slots_.size() - 1)) {
            if (slots_[at] == hash) return false;
        }
        slots_[at] = hash;
        return true;
    }
    void grow() {
        const auto old = std::exchange(slots_, std::vector<std::uint64_t>(slots_.size() * 2));
        for (const std::uint64_t hash : old) {
            if (hash != kFree) put(hash);
        }
    }

    static constexpr std::uint64_t kFree = 0;
    std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(1024);
    std::size_t count_ = 0;
};

/// Walks through all of a world, and checks the promises of `RaceWitness` on every way. States that
/// are alike are visited once.
class RaceExploration {
public:
    struct Options {
        Likeness likeness = Likeness::alike;
        std::size_t most_states = 300'000;
        /// Stops there without complaint: for builds that are too slow to see all.
        bool cut = false;
        /// Also checks that states which are `Likeness::alike` go on alike. Needs `Likeness::same`.
        bool compare = false;
    };

    RaceExploration(const RaceWorld& world, Options options) : options_(options) {
        arrive(RaceWalk(world, random_));
        while (!stack_.empty() && broken.empty() && !(cut_short() && options_.cut)) step();
    }

    std::size_t states = 0;
    std::size_t steps = 0;
    std::size_t kinds = 0;  ///< How many of the states are not alike, where they are compared.
    std::size_t successes = 0;
    std::size_t failures = 0;
    std::vector<std::string> broken;

private:
    struct Place {
        RaceWalk walk;
        std::vector<RaceMove> moves;
        std::size_t next = 0;
        std::uint64_t kind = 0;
        std::vector<std::string> ways = {};
    };

    void step() {
        Place& place = stack_.back();
        if (place.next == place.moves.size()) return leave();
        ++steps;
        const RaceMove move = place.moves[place.next++];
        const bool last = place.next == place.moves.size();
        RaceWalk next = last ? std::move(place.walk) : place.walk;
        next.make(move);
        if (options_.compare) note_way(place, move, next);
        next.forget_lines();
        arrive(std::move(next));
    }

    void arrive(RaceWalk walk) {
        check(walk);
        if (walk.witness().ended) return finish(walk);
        if (!seen_.insert(hash_of(walk, options_.likeness))) return;
        ++states;
        if (cut_short() && !options_.cut) broken.emplace_back("this world is not small");
        check_abandoning(walk);
        auto moves = walk.moves();
        const std::uint64_t kind = options_.compare ? hash_of(walk, Likeness::alike) : 0;
        stack_.push_back({std::move(walk), std::move(moves), 0, kind});
    }

    void leave() {
        if (options_.compare) compare(stack_.back());
        stack_.pop_back();
    }

    static std::uint64_t hash_of(const RaceWalk& walk, Likeness likeness) {
        return std::hash<std::string>{}(RaceFingerprint(walk, likeness).bytes());
    }

    [[nodiscard]] bool cut_short() const { return states > options_.most_states; }

    void check(const RaceWalk& walk) {
        for (const std::string& promise : walk.witness().broken) {
            broken.push_back(promise + path());
        }
    }

    void check_abandoning(RaceWalk walk) {
        walk.abandon();
        if (!walk.witness().ended) broken.push_back("abandoned, but not ended" + path());
        check(walk);
    }

    // Whatever drivers still say: nobody answers.
    void finish(RaceWalk& walk) {
        ++(walk.witness().success ? successes : failures);
        for (std::uint64_t id = 1; id <= walk.witness().attempts.size(); ++id) {
            for (const auto kind : {RaceMove::Kind::connect, RaceMove::Kind::settings,
                                    RaceMove::Kind::session, RaceMove::Kind::fail}) {
                walk.make({kind, id, 0});
            }
        }
        check(walk);
    }

    // A way on: what is told, what is said, and where that leads. Without names: hosts may have
    // changed places.
    void note_way(Place& place, const RaceMove& move, const RaceWalk& next) {
        std::vector<std::string> said;
        for (const std::string& line : next.witness().lines) {
            said.push_back(line.substr(0, line.find_first_of("0123456789:")));
        }
        std::ranges::sort(said);
        std::string way = std::to_string(static_cast<int>(move.kind)) + ":" +
                          std::to_string(hash_of(next, Likeness::alike));
        for (const std::string& line : said) way += " " + line;
        place.ways.push_back(std::move(way));
    }

    void compare(Place& place) {
        std::ranges::sort(place.ways);
        const auto repeated = std::ranges::unique(place.ways);
        place.ways.erase(repeated.begin(), repeated.end());
        const auto [known, news] = ways_.emplace(place.kind, place.ways);
        if (news) ++kinds;
        if (known->second == place.ways) return;
        broken.push_back("not alike" + path());
        for (const auto& way : known->second) broken.push_back("one:   " + way);
        for (const auto& way : place.ways) broken.push_back("other: " + way);
    }

    [[nodiscard]] std::string path() const {
        std::string text = " after";
        for (const Place& place : stack_) {
            if (place.next == 0) continue;
            const RaceMove& move = place.moves[place.next - 1];
            text += " " + std::to_string(static_cast<int>(move.kind)) + ":" +
                    std::to_string(move.id) + ":" + std::to_string(move.choice);
        }
        return text;
    }

    Options options_;
    ConstantRandom random_;
    SeenStates seen_;
    std::vector<Place> stack_;
    std::unordered_map<std::uint64_t, std::vector<std::string>> ways_;
};

}  // namespace tautline::test
