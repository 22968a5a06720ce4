// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <tautline/base/ip_address.hpp>
#include <tautline/proto/dns/service_record.hpp>

namespace tautline::eyeballs {

/// The addresses of a name, as far as they are known.
struct ResolvedName {
    std::string name;
    std::vector<IpAddress> addresses;
};

/// What the queries have brought up to now.
struct Resolved {
    std::vector<dns::ServiceRecord> records;  ///< Usable ones, in the order to be tried.
    std::vector<ResolvedName> names;
    /// Targets of AliasMode records, the last of the chain first.
    std::vector<std::string> aliases;
};

}  // namespace tautline::eyeballs
