// SPDX-License-Identifier: MIT
#include <tautline/resolve/hosts_file.hpp>

#include <fstream>

#include <tautline/proto/dns/hosts_line.hpp>

namespace tautline::resolve {

const std::vector<IpAddress>& HostsFile::find(std::string_view name) {
    const auto state = state_of(path_);
    if (name == last_name_ && state == state_) return last_addresses_;
    state_ = state;
    last_name_ = name;
    last_addresses_.clear();
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
        if (const auto address = dns::hosts_line_address(line, name)) {
            last_addresses_.push_back(*address);
        }
    }
    return last_addresses_;
}

}  // namespace tautline::resolve
