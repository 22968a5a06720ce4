// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tautline::resolve {

/// What stands in for lines of resolv.conf: the variables LOCALDOMAIN and RES_OPTIONS, and the name
/// of this host.
struct SearchSurroundings {
    std::optional<std::string> local_domain = std::nullopt;
    std::optional<std::string> options = std::nullopt;
    std::string host_name = {};
};

/// The domains in which a short name may be meant, as resolv.conf(5) has them.
///
/// Limits: `kMaxDomains` domains; longer names than DNS allows are left out. HOSTALIASES is not
/// looked at.
struct SearchList {
    static constexpr std::size_t kMaxDomains = 32;

    std::vector<std::string> domains;  ///< In lower case, without a final dot.
    std::size_t ndots = 1;             ///< With so many dots a name is first meant as it is.

    /// The names that `host` may stand for, the likeliest first: at least `host` itself.
    [[nodiscard]] std::vector<std::string> candidates(std::string_view host) const;
};

/// From the text of resolv.conf: the last "search" or "domain" line counts. LOCALDOMAIN goes above
/// it, RES_OPTIONS above "options"; without any of them the domain of the host is searched.
[[nodiscard]] SearchList read_search_list(std::string_view resolv_conf,
                                          const SearchSurroundings& surroundings);

/// From the file at `path` and the surroundings of this process.
[[nodiscard]] SearchList search_list_of_system(const std::string& path);

}  // namespace tautline::resolve
