// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <tautline/base/bytes.hpp>
#include <tautline/base/random.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/eyeballs/dns_phase.hpp>
#include <tautline/proto/eyeballs/output.hpp>
#include <tautline/resolve/name_choice.hpp>

namespace tautline::resolve {

/// What a name server said about a whole name.
struct Brought {
    eyeballs::Answer answer;
    Finding finding = Finding::failed;
    Duration lifetime{};  ///< Zero: not to be kept.
};

/// How long "there is none" is valid: where the server does not say it, and at most.
struct NegativeTimes {
    Duration otherwise{};
    Duration most{};
};

/// That nobody could tell, and why.
[[nodiscard]] eyeballs::Answer failed(const std::string& cause);
/// That there is none of this type.
[[nodiscard]] eyeballs::Answer nothing(eyeballs::RecordType type);

/// Reads what c-ares hands to the callback of a query. `random` chooses among aliases.
[[nodiscard]] Brought read_brought(int status, eyeballs::RecordType type, Bytes message,
                                   NegativeTimes negative, RandomBytes& random);

}  // namespace tautline::resolve
