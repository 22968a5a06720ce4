// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/hosts_line.hpp>

#include <algorithm>

#include <tautline/base/ascii.hpp>

namespace tautline::dns {

namespace {

constexpr std::string_view kBlank = " \t\r\v\f";

// Takes the first word off; empty at the end.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    const auto word = line.substr(0, line.find_first_of(kBlank));
    line.remove_prefix(word.size());
    return word;
}

}  // namespace

std::optional<IpAddress> hosts_line_address(std::string_view line, std::string_view name) {
    line = line.substr(0, line.find('#'));
    const auto address = take_word(line);
    for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
        if (equal_ignoring_case(word, name)) return IpAddress::parse(address);
    }
    return std::nullopt;
}

}  // namespace tautline::dns
