// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/race_witness.hpp>
#include <tests/support/random.hpp>

#include <tautline/base/assert.hpp>
#include <tautline/proto/eyeballs/race.hpp>

namespace tautline::test {

using namespace std::chrono_literals;

inline std::vector<IpAddress> addresses(std::initializer_list<std::string_view> texts) {
    std::vector<IpAddress> list;
    for (const std::string_view text : texts) list.push_back(IpAddress::parse(text).value());
    return list;
}

/// A service record in a line: `record(1, "cdn.example", {"h3", "h2"})`.
inline dns::ServiceRecord record(std::uint16_t priority, std::string target,
                                 std::vector<std::string> alpn) {
    dns::ServiceRecord record;
    record.priority = priority;
    record.target = std::move(target);
    record.alpn = std::move(alpn);
    return record;
}

/// The same record at another port.
inline dns::ServiceRecord at_port(dns::ServiceRecord record, std::uint16_t port) {
    record.port = port;
    return record;
}

/// The same record with addresses of its own.
inline dns::ServiceRecord with_hints(dns::ServiceRecord record,
                                     std::initializer_list<std::string_view> v6,
                                     std::initializer_list<std::string_view> v4) {
    record.ipv6_hints = addresses(v6);
    record.ipv4_hints = addresses(v4);
    return record;
}

inline eyeballs::NetworkConfig with_alternative(
    eyeballs::AltService service, eyeballs::IpMode ip = eyeballs::IpMode::dual_stack) {
    eyeballs::NetworkConfig config;
    config.alt_services = {std::move(service)};
    config.ip = ip;
    return config;
}

/// A race in virtual time, told as a trace: facts go in, and `says` compares what came out since
/// the last look. The promises of `RaceWitness` are held in every scenario.
///
///     Scenario race;
///     race.says("query 1 HTTPS example.com", ...);
///     race.answer("AAAA", {"2001:db8::1"});
///     race.at(50ms).says("attempt 1 [2001:db8::1]:443 h2+h1");
class Scenario {
public:
    explicit Scenario(eyeballs::RaceSetup setup = {}, Instant patient_until = Instant::min())
        : race_(named(std::move(setup)), *random_, now(), patient_until) {
        look();
    }
    explicit Scenario(eyeballs::NetworkConfig config)
        : Scenario(eyeballs::RaceSetup{std::move(config), {}}) {}

    /// What came out since the last call is exactly this.
    template <typename... Lines>
    void says(const Lines&... lines) {
        EXPECT_EQ(std::exchange(witness_.lines, {}), (std::vector<std::string>{lines...}))
            << "at " << elapsed_ / 1ms << " ms";
        EXPECT_EQ(witness_.broken, std::vector<std::string>{});
    }
    /// Leaves out what came since the last look.
    Scenario& skip() {
        witness_.lines.clear();
        return *this;
    }

    /// Lets time pass until so long after the start; timers fire when they are due.
    Scenario& at(Duration elapsed) {
        TAUTLINE_ASSERT(elapsed >= elapsed_);
        const Instant end{elapsed};
        while (race_.next_timeout() && *race_.next_timeout() <= end) {
            elapsed_ = race_.next_timeout()->time_since_epoch();
            race_.handle_timeout(now());
            look();
        }
        elapsed_ = elapsed;
        race_.handle_timeout(now());
        look();
        return *this;
    }

    // Answers to the query in flight of that type, or type and name: "AAAA", "AAAA cdn.example".
    Scenario& answer(std::string_view query, std::initializer_list<std::string_view> texts) {
        return give(query, addresses(texts), eyeballs::Freshness::fresh);
    }
    Scenario& answer_stale(std::string_view query, std::initializer_list<std::string_view> texts) {
        return give(query, addresses(texts), eyeballs::Freshness::stale);
    }
    Scenario& https(std::vector<dns::ServiceRecord> records) {
        return give("HTTPS", std::move(records), eyeballs::Freshness::fresh);
    }
    Scenario& https(std::string_view name, std::vector<dns::ServiceRecord> records) {
        return give("HTTPS " + std::string(name), std::move(records), eyeballs::Freshness::fresh);
    }
    Scenario& https_stale(std::vector<dns::ServiceRecord> records) {
        return give("HTTPS", std::move(records), eyeballs::Freshness::stale);
    }
    Scenario& alias(std::string_view query, std::string target) {
        return give(query, eyeballs::Alias{std::move(target)}, eyeballs::Freshness::fresh);
    }
    Scenario& alias_stale(std::string_view query, std::string target) {
        return give(query, eyeballs::Alias{std::move(target)}, eyeballs::Freshness::stale);
    }
    Scenario& query_fails(std::string_view query) {
        return give(query, eyeballs::LookupFailed{error("SERVFAIL")}, eyeballs::Freshness::fresh);
    }
    /// An answer to a query by its number, whether it is in flight or not.
    Scenario& answer_number(std::uint64_t number, const eyeballs::Answer& answer) {
        witness_.answered(eyeballs::QueryId(number));
        race_.handle_answer(eyeballs::QueryId(number), answer, eyeballs::Freshness::fresh, now());
        return look();
    }

    Scenario& connected(std::uint64_t id, eyeballs::HttpVersion version) {
        witness_.connected(eyeballs::AttemptId(id), version, now());
        race_.handle_connected(eyeballs::AttemptId(id), version, now());
        return look();
    }
    Scenario& settings(std::uint64_t id, eyeballs::PeerSettings settings) {
        race_.handle_settings(eyeballs::AttemptId(id), settings, now());
        return look();
    }
    Scenario& session(std::uint64_t id, eyeballs::SessionResult result,
                      std::string_view text = "") {
        race_.handle_session(eyeballs::AttemptId(id), result, error(text), now());
        return look();
    }
    Scenario& fails(std::uint64_t id, std::string_view text = "refused",
                    Phase phase = Phase::connect) {
        witness_.gone(eyeballs::AttemptId(id));
        Error why = error(text);
        why.phase = phase;
        race_.handle_failure(eyeballs::AttemptId(id), why, now());
        return look();
    }
    Scenario& ech_retry(std::uint64_t id, std::vector<std::uint8_t> config) {
        witness_.gone(eyeballs::AttemptId(id));
        race_.handle_ech_retry(eyeballs::AttemptId(id), std::move(config), now());
        return look();
    }
    Scenario& progress(std::uint64_t id) {
        race_.handle_progress(eyeballs::AttemptId(id), now());
        return look();
    }
    Scenario& route(const eyeballs::Route& route) {
        race_.handle_route(route);
        return look();
    }
    Scenario& rejected_elsewhere() {
        race_.handle_rejection_elsewhere(now());
        return look();
    }
    Scenario& abandon() {
        race_.abandon();
        return look();
    }

    /// The lines of the failure: each attempt with its phase and reason.
    [[nodiscard]] std::vector<std::string> reports() const {
        std::vector<std::string> lines;
        if (!witness_.failure) return lines;
        for (const auto& attempt : witness_.failure->attempts) lines.push_back(attempt.to_string());
        return lines;
    }
    [[nodiscard]] const RaceWitness& witness() const { return witness_; }
    [[nodiscard]] const eyeballs::Race& race() const { return race_; }
    /// How long after the start the next timer is due.
    [[nodiscard]] Duration timer() const { return race_.next_timeout().value().time_since_epoch(); }

private:
    static eyeballs::RaceSetup named(eyeballs::RaceSetup setup) {
        if (setup.origin.host.empty()) setup.origin.host = "example.com";
        return setup;
    }
    static Error error(std::string_view text) {
        Error error;
        error.message = text;
        return error;
    }
    [[nodiscard]] Instant now() const { return Instant{elapsed_}; }

    Scenario& look() {
        witness_.look(race_, now());
        return *this;
    }

    Scenario& give(std::string_view wanted, const eyeballs::Answer& answer,
                   eyeballs::Freshness freshness) {
        for (const RaceWitness::Query& query : witness_.queries) {
            const std::string type(eyeballs::name_for(query.type));
            if (!query.in_flight || (wanted != type && wanted != type + " " + query.name)) continue;
            const eyeballs::QueryId id = query.id;
            witness_.answered(id);
            race_.handle_answer(id, answer, freshness, now());
            return look();
        }
        ADD_FAILURE() << "no query in flight: " << wanted;
        return *this;
    }

    Duration elapsed_{0};
    std::shared_ptr<PredictableRandom> random_ = std::make_shared<PredictableRandom>();
    RaceWitness witness_;
    eyeballs::Race race_;
};

using Lines = std::vector<std::string>;

/// The queries of the origin are in flight, and told.
inline Scenario asked(eyeballs::NetworkConfig config = {}) {
    Scenario race(std::move(config));
    race.skip();
    return race;
}

/// Lets every attempt fail, and tells where they went: the order of the plan.
inline Lines fail_all(Scenario& race) {
    for (std::uint64_t id = 1; !race.race().ended(); ++id) race.fails(id);
    Lines endpoints;
    for (const auto& attempt : race.witness().attempts) {
        endpoints.push_back(attempt.endpoint.to_string());
    }
    return endpoints;
}

}  // namespace tautline::test
