// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <tautline/base/random.hpp>
#include <tautline/proto/dns/service_record.hpp>
#include <tautline/proto/eyeballs/options.hpp>

namespace tautline::eyeballs {

/// The versions that both the record and the options name.
[[nodiscard]] HttpVersions versions_of(const dns::ServiceRecord& record,
                                       const HttpVersions& enabled);

/// The records that can be used, in the order in which they are tried: by priority, equal ones
/// shuffled. At most `max_records` are looked at, and `max_addresses` of their hints each.
///
/// When one of them has an ECH config, those without are left out; and without `ech` in the options
/// there are no configs.
[[nodiscard]] std::vector<dns::ServiceRecord> order_services(
    std::vector<dns::ServiceRecord> records, const NetworkConfig& config, RandomBytes& random);

}  // namespace tautline::eyeballs
