// SPDX-License-Identifier: MIT
// Any facts in any order, also such that make no sense: the promises of `RaceWitness` hold, and a
// race of which nobody tells anything more comes to its end by its timers alone.
//
// Input: five bytes for the options; then two for each move.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

#include <tests/support/race_walk.hpp>

#include <tautline/base/assert.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;

namespace {

constexpr std::size_t kOptionBytes = 5;
constexpr std::size_t kMostBytes = 400;
// Each attempt and each query ends by a deadline of its own at the latest.
constexpr int kMostTimers = 1000;

std::vector<IpAddress> addresses(std::initializer_list<const char*> texts) {
    std::vector<IpAddress> list;
    for (const char* text : texts) list.push_back(*IpAddress::parse(text));
    return list;
}

RaceSetup setup_for(std::span<const std::uint8_t> bytes) {
    RaceSetup setup;
    NetworkConfig& config = setup.config;
    config.http_versions = {(bytes[0] & 1) == 0, (bytes[0] & 2) == 0, (bytes[0] & 4) == 0};
    config.session = static_cast<SessionKind>(bytes[0] / 8 % 3);
    config.resolution = static_cast<Resolution>(bytes[0] / 32 % 3);
    config.ip = static_cast<IpMode>((bytes[1] & 3) + (bytes[4] >> 5 & 1));
    config.after_rejection = static_cast<AfterRejection>(bytes[1] >> 2 & 1);
    config.allow_stale = (bytes[1] & 8) != 0;
    config.dns_protected = (bytes[1] & 16) != 0;
    config.ech = (bytes[1] & 32) == 0;
    if ((bytes[1] & 64) != 0) config.nat64_prefix = IpAddress::parse("64:ff9b::");
    if ((bytes[1] & 128) != 0) config.alt_services = {{HttpVersion::http3, "alt.example", 8443}};
    config.attempt_delay = std::chrono::milliseconds(bytes[2]);
    config.attempt_delay_multiplier = bytes[2] % 4;
    config.max_attempts = bytes[3] % 16;
    config.max_targets = bytes[3] / 16;
    config.max_addresses = bytes[4] % 4;
    setup.origin.host = (bytes[4] & 4) != 0 ? "192.0.2.1" : "example.com";
    setup.origin.secure = (bytes[4] & 8) == 0;
    setup.origin.http1_only = (bytes[4] & 16) != 0;
    return setup;
}

std::vector<Answer> answers_to(const RaceWitness::Query& query) {
    if (query.type == RecordType::aaaa) {
        return {addresses({"2001:db8::1", "2001:db8::2"}), addresses({}), LookupFailed{}};
    }
    if (query.type == RecordType::a) {
        return {addresses({"192.0.2.1", "192.0.2.2"}), addresses({}), LookupFailed{}};
    }
    dns::ServiceRecord all;
    all.target = "cdn.example";
    all.alpn = {"h3", "h2", "http/1.1"};
    dns::ServiceRecord plain = all;
    plain.alpn = {"h2"};
    plain.ipv4_hints = addresses({"192.0.2.1"});
    dns::ServiceRecord secret = all;
    secret.target = "example.com";
    secret.ech = {1};
    return {std::vector{plain, all}, std::vector{secret}, Alias{"pool.example"}, LookupFailed{}};
}

void check(const RaceWalk& walk) {
    for (const std::string& promise : walk.witness().broken) {
        std::fprintf(stderr, "broken: %s\n", promise.c_str());
    }
    TAUTLINE_ASSERT(walk.witness().broken.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < kOptionBytes) return 0;
    RaceWorld world{setup_for({data, kOptionBytes}), answers_to};
    const NetworkConfig& config = world.setup.config;
    world.everything = true;
    world.judged = config.resolution == Resolution::by_address && !config.nat64_prefix;
    ConstantRandom random;
    RaceWalk walk(world, random);
    check(walk);
    for (std::size_t i = kOptionBytes; i + 1 < size && i < kMostBytes; i += 2) {
        const auto moves = walk.moves();
        if (moves.empty()) break;
        walk.make(moves[(data[i] * 256U + data[i + 1]) % moves.size()]);
        check(walk);
    }
    for (int i = 0; i < kMostTimers && !walk.witness().ended; ++i) walk.make({});
    check(walk);
    TAUTLINE_ASSERT(walk.witness().ended);
    return 0;
}
