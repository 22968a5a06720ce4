// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <tautline/resolve/file_state.hpp>
#include <tautline/resolve/hosts_file.hpp>
#include <tautline/resolve/resolver.hpp>

namespace tautline::resolve {

struct CaresOptions {
    /// "127.0.0.1:5353, [::1]:53"; empty: those of the system.
    std::string servers = {};
    std::uint16_t port = 53;                     ///< Of servers that name none.
    Duration timeout = std::chrono::seconds(2);  ///< Of one try; the next one waits longer.
    int tries = 3;
    std::size_t max_cached_answers = 1024;
    /// How long "there is none" is kept when the name server does not say it, and at most.
    Duration negative_time = std::chrono::seconds(10);
    Duration max_negative_time = std::chrono::seconds(60);
    std::string hosts_file = "/etc/hosts";
    /// Where the system says which servers, and which domains to search; the latter also where
    /// `servers` are given.
    std::string resolv_conf = "/etc/resolv.conf";
    Duration look_again = std::chrono::seconds(1);  ///< Between looks whether that has changed.
};

/// Asks name servers through c-ares: HTTPS, AAAA and A on their own, TCP where an answer is cut
/// off, and a cache that respects the times to live.
///
/// A host may stand for a longer name: those of the search list (`SearchList`), one after the
/// other, until one is there. All types are answers about that one name (`NameChoice`), also when
/// they are asked for one after the other, as long as one of them is waited for or kept. Whole
/// names (`SendQuery::absolute`, or with a final dot) are not searched. Where there is a choice A
/// is always asked for, as it makes the choice.
///
/// When nobody waits for an answer any more all that is under way is dropped: no socket and no
/// timer is left, and what has not come is not kept.
///
/// A name that the hosts file has comes from there alone: without an address of the other family,
/// without HTTPS records, and without the hints of records that lead to it.
/// Without servers of its own it follows the system: a question after `resolv_conf` has changed
/// goes to the new servers, and what the old ones told is forgotten. Questions in flight end where
/// they are.
///
/// "localhost" and names below it have the loopback addresses, "invalid" and "onion" have none; no
/// server is asked (RFC 6761 section 6, RFC 7686 section 2).
/// Lifetime: must not outlive the loop that it is used on.
/// Threads: those of one loop.
class CaresResolver final : public Resolver {
public:
    explicit CaresResolver(CaresOptions options = {});
    ~CaresResolver() override;

    std::unique_ptr<io::Operation> ask(io::Loop& loop, const eyeballs::SendQuery& query,
                                       OnAnswer done) override;

private:
    class Questions;
    Questions& questions_on(io::Loop& loop);
    void follow_the_system(Instant now);

    CaresOptions options_;
    HostsFile hosts_;
    std::shared_ptr<Questions> questions_;             // made for the loop of the first one
    std::vector<std::shared_ptr<Questions>> retired_;  // until they have ended
    FileState conf_;                                   // what `questions_` was made from
    Instant next_look_{};
};

/// The resolver of a loop with the settings of the system; made when first asked for.
[[nodiscard]] Resolver& system_resolver(io::Loop& loop);

}  // namespace tautline::resolve
