// SPDX-License-Identifier: MIT
// Scripts at random, over worlds at random: names that change, records that disagree, drivers that
// talk nonsense. `RaceWitness` watches, `RaceKnowledge` judges where the attempts go.
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/race_scenario.hpp>
#include <tests/support/race_walk.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;

namespace {

using Records = std::vector<dns::ServiceRecord>;

constexpr std::uint32_t kScripts = 1500;
constexpr int kMostMoves = 60;
// Each query and each attempt ends by a deadline of its own at the latest.
constexpr int kMostTimers = 2000;

class Chance {
public:
    explicit Chance(std::uint32_t seed) : engine_(seed) {}

    std::size_t below(std::size_t bound) { return engine_() % bound; }
    bool one_in(std::size_t bound) { return below(bound) == 0; }
    template <typename Value>
    Value one_of(std::initializer_list<Value> values) {
        return *(values.begin() + static_cast<std::ptrdiff_t>(below(values.size())));
    }

private:
    std::mt19937 engine_;
};

NetworkConfig config_by(Chance& chance) {
    NetworkConfig config;
    config.session =
        chance.one_of({SessionKind::none, SessionKind::websocket, SessionKind::webtransport});
    config.http_versions = {!chance.one_in(5), !chance.one_in(5), !chance.one_in(5)};
    config.ip = static_cast<IpMode>(chance.one_in(2) ? 0 : chance.below(5));
    config.after_rejection = chance.one_of({AfterRejection::fail, AfterRejection::try_next});
    config.attempt_delay_multiplier = chance.one_of({1U, 2U, 5U});
    config.preferred_family_count = chance.one_of({1U, 2U});
    config.wait_for_preferred_family = !chance.one_in(4);
    config.query_https = !chance.one_in(8);
    config.ech = !chance.one_in(3);
    config.dns_protected = chance.one_in(4);
    config.allow_stale = !chance.one_in(3);
    config.max_targets = chance.one_of<std::size_t>({1, 2, 8});
    config.max_records = chance.one_of<std::size_t>({1, 8});
    config.max_addresses = chance.one_of<std::size_t>({1, 2, 16});
    config.max_alias_hops = chance.one_of<std::size_t>({0, 1, 2, 8});
    config.max_attempts = chance.one_of<std::size_t>({1, 3, 32});
    if (chance.one_in(3)) config.alt_services.push_back({HttpVersion::http3, "cdn.example"});
    if (chance.one_in(3)) config.alt_services.push_back({HttpVersion::http2, "", 8443});
    return config;
}

RaceSetup setup_by(Chance& chance) {
    return {.config = config_by(chance),
            .origin = {.host = "example.com",
                       .port = chance.one_of<std::uint16_t>({443, 443, 8443}),
                       .secure = !chance.one_in(10),
                       .http1_only = chance.one_in(6)}};
}

// Few names and addresses, so that they meet again.
std::string name_by(Chance& chance) {
    return chance.one_of<const char*>({"example.com", "cdn.example", "old.example", "new.example"});
}

std::vector<IpAddress> some_of(Chance& chance, std::initializer_list<std::string_view> texts) {
    std::vector<IpAddress> some;
    for (const auto& address : addresses(texts)) {
        if (chance.one_in(2)) some.push_back(address);
    }
    return some;
}
std::vector<IpAddress> v6_by(Chance& chance) {
    return some_of(chance, {"2001:db8::1", "fd00::1", "2001:db8::2", "2001:db8::1"});
}
std::vector<IpAddress> v4_by(Chance& chance) {
    return some_of(chance, {"192.0.2.1", "192.0.2.2", "192.0.2.1"});
}

dns::ServiceRecord record_by(Chance& chance) {
    using Alpn = std::vector<std::string>;
    auto made = record(chance.one_of<std::uint16_t>({1, 1, 2, 3}), name_by(chance),
                       chance.one_of<Alpn>({{"h3", "h2", "http/1.1"},
                                            {"h2", "http/1.1"},
                                            {"h2"},
                                            {"h3"},
                                            {"http/1.1"},
                                            {"smtp"}}));
    if (chance.one_in(3)) made.port = chance.one_of<std::uint16_t>({443, 8443});
    if (chance.one_in(3)) made.ech = {static_cast<std::uint8_t>(1 + chance.below(3))};
    if (chance.one_in(2)) made.ipv6_hints = v6_by(chance);
    if (chance.one_in(2)) made.ipv4_hints = v4_by(chance);
    return made;
}

Answer answer_by(Chance& chance, RecordType type) {
    if (chance.one_in(5)) return LookupFailed{};
    if (type == RecordType::aaaa) return v6_by(chance);
    if (type == RecordType::a) return v4_by(chance);
    if (chance.one_in(3)) return Alias{chance.one_in(8) ? "." : name_by(chance)};
    Records records;
    for (std::size_t left = chance.below(4); left > 0; --left) records.push_back(record_by(chance));
    return records;
}

// Three answers for each question, the same whenever it is asked.
RaceWorld world_by(Chance& chance) {
    const auto seed = static_cast<std::uint32_t>(chance.below(1'000'000));
    RaceWorld world{setup_by(chance), [seed](const RaceWitness::Query& query) {
                        auto number = seed + static_cast<std::uint32_t>(query.type);
                        for (const char letter : query.name) {
                            number = number * 31 + static_cast<std::uint32_t>(letter);
                        }
                        Chance own(number);
                        std::vector<Answer> answers;
                        for (int i = 0; i < 3; ++i) answers.push_back(answer_by(own, query.type));
                        return answers;
                    }};
    world.everything = chance.one_in(3);
    world.stale = {RecordType::https, RecordType::aaaa, RecordType::a};
    world.progress = chance.one_in(2);
    return world;
}

class Script {
public:
    explicit Script(std::uint32_t seed)
        : chance_(seed), world_(world_by(chance_)), walk_(world_, random_) {}

    void play() {
        for (int i = 0; i < kMostMoves && fine() && !walk_.witness().ended; ++i) {
            const auto moves = walk_.moves();
            make(moves[chance_.below(moves.size())]);
            RaceWalk abandoned = walk_;
            abandoned.abandon();
            expect(abandoned.witness().ended, "abandoned, but not ended");
            expect(abandoned.witness().broken.empty(), "broken when abandoned");
        }
        for (int i = 0; i < kMostTimers && fine() && !walk_.witness().ended; ++i) make({});
        expect(!fine() || walk_.witness().ended, "it does not end by itself");
        if (!fine()) return;
        for (const auto& move : walk_.moves()) make(move);
        look_at_bounds();
    }

    [[nodiscard]] bool fine() const { return broken_.empty() && walk_.witness().broken.empty(); }
    [[nodiscard]] std::string story() const {
        std::string text = broken_;
        for (const auto& promise : walk_.witness().broken) text += promise + "\n";
        return text + told_;
    }

private:
    // What was done and what came of it, for the one who looks for the reason.
    void make(const RaceMove& move) {
        walk_.make(move);
        told_ += "move " + std::to_string(static_cast<int>(move.kind)) + " of " +
                 std::to_string(move.id) + ", " + std::to_string(move.choice) + "\n";
        for (const auto& line : walk_.witness().lines) told_ += "    " + line + "\n";
        walk_.forget_lines();
    }
    void expect(bool kept, const char* promise) {
        if (!kept) broken_ += std::string(promise) + "\n";
    }
    // A question is asked twice at most, in each of two generations.
    void look_at_bounds() {
        const NetworkConfig& config = world_.setup.config;
        std::size_t https = 0;
        for (const auto& query : walk_.witness().queries) {
            https += query.type == RecordType::https ? 1 : 0;
        }
        expect(https <= 2 * (1 + 2 * config.max_alias_hops), "too many HTTPS queries");
        const std::size_t others = walk_.witness().queries.size() - https;
        expect(others <= 2 * 2 * 2 * config.max_targets, "too many queries for addresses");
        expect(walk_.witness().attempts.size() <= config.max_attempts, "too many attempts");
    }

    Chance chance_;
    ConstantRandom random_;
    RaceWorld world_;
    RaceWalk walk_;
    std::string broken_;
    std::string told_;
};

TEST(RaceScript, TheFirstThousandScriptsKeepThePromises) {
    for (std::uint32_t seed = 0; seed < kScripts; ++seed) {
        Script script(seed);
        script.play();
        ASSERT_TRUE(script.fine()) << "script " << seed << ": " << script.story();
    }
}

}  // namespace
