// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <tautline/resolve/hosts_file.hpp>
#include <tautline/resolve/resolver.hpp>

namespace tautline::resolve {

struct CaresOptions {
    /// "127.0.0.1:5353, [::1]:53"; empty: those of the system.
    std::string servers = {};
    Duration timeout = std::chrono::seconds(2);  ///< Of one try; the next one waits longer.
    int tries = 3;
    std::size_t max_cached_answers = 1024;
    std::string hosts_file = "/etc/hosts";
    /// How long it is kept that a name has no such records, whatever its zone says. Whole seconds;
    /// 0: not at all.
    Duration max_negative_time = std::chrono::seconds(60);
};

/// Asks name servers through c-ares: HTTPS, AAAA and A on their own, TCP where an answer is cut
/// off, and a cache that respects the times to live.
///
/// A name that the hosts file has comes from there alone: without an address of the other family,
/// without HTTPS records, and without the hints of records that lead to it.
/// "localhost" and names below it have the loopback addresses, "invalid" has none; no server is
/// asked (RFC 6761 section 6). A negative answer is cached for as long as its zone says, for 10 s
/// where c-ares does not tell that; a failure of the server is not.
/// Lifetime: must not outlive the loop that it is used on.
/// Threads: those of one loop.
class CaresResolver final : public Resolver {
public:
    explicit CaresResolver(CaresOptions options = {});
    ~CaresResolver() override;

    std::unique_ptr<io::Operation> ask(io::Loop& loop, const eyeballs::SendQuery& query,
                                       OnAnswer done) override;

private:
    class Channel;
    CaresOptions options_;
    HostsFile hosts_;
    std::unique_ptr<Channel> channel_;  // made for the loop of the first question
};

/// The resolver of a loop with the settings of the system; made when first asked for.
[[nodiscard]] Resolver& system_resolver(io::Loop& loop);

}  // namespace tautline::resolve
