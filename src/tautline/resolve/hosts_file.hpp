// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tautline/base/ip_address.hpp>
#include <tautline/resolve/file_state.hpp>

namespace tautline::resolve {

/// The hosts file of the system. It is read for each name, as it may be long, and again when it
/// has changed.
class HostsFile {
public:
    explicit HostsFile(std::string path) : path_(std::move(path)) {}

    /// The addresses of a name in all lines, in their order; none where it is not there.
    [[nodiscard]] const std::vector<IpAddress>& find(std::string_view name);

private:
    std::string path_;
    FileState state_;
    // A race asks three questions about a name, one after the other.
    std::string last_name_;
    std::vector<IpAddress> last_addresses_;
};

}  // namespace tautline::resolve
