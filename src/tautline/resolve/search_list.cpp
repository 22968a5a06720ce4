// SPDX-License-Identifier: MIT
#include <tautline/resolve/search_list.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include <unistd.h>

#include <tautline/base/ascii.hpp>
#include <tautline/base/parse_number.hpp>

namespace tautline::resolve {

namespace {

constexpr std::size_t kMaxName = 253;
constexpr std::size_t kMaxNdots = 15;  // as resolv.conf(5)

std::vector<std::string> words_of(std::string_view text) {
    std::istringstream stream{std::string(text)};
    return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
}

// "." stands for the root: names as they are.
std::string domain_from(std::string_view word) {
    while (word.ends_with('.')) word.remove_suffix(1);
    while (word.starts_with('.')) word.remove_prefix(1);
    return to_lower(word);
}

void set_domains(SearchList& list, std::vector<std::string> words) {
    if (words.size() > SearchList::kMaxDomains) words.resize(SearchList::kMaxDomains);
    list.domains.clear();
    std::ranges::transform(words, std::back_inserter(list.domains), domain_from);
}

void set_options(SearchList& list, const std::vector<std::string>& words) {
    constexpr std::string_view kNdots = "ndots:";
    for (const auto& word : words) {
        if (!word.starts_with(kNdots)) continue;
        const auto ndots = parse_number<std::size_t>(std::string_view(word).substr(kNdots.size()));
        if (ndots) list.ndots = std::min(*ndots, kMaxNdots);
    }
}

void read_line(SearchList& list, std::string_view line) {
    auto words = words_of(line.substr(0, line.find_first_of("#;")));
    if (words.size() < 2) return;
    const std::string keyword = std::move(words.front());
    words.erase(words.begin());
    if (keyword == "options") return set_options(list, words);
    if (keyword == "domain") words.resize(1);
    if (keyword == "domain" || keyword == "search") set_domains(list, std::move(words));
}

std::optional<std::string> variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

std::vector<std::string> SearchList::candidates(std::string_view host) const {
    const std::string whole(host);
    const auto dots = static_cast<std::size_t>(std::ranges::count(host, '.'));
    std::vector<std::string> names;
    const auto add = [&names](std::string name) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    };
    if (dots >= ndots) add(whole);
    for (const auto& domain : domains) {
        std::string name = whole;
        if (!domain.empty()) name.append(".").append(domain);
        if (name.size() <= kMaxName) add(std::move(name));
    }
    add(whole);
    return names;
}

SearchList read_search_list(std::string_view resolv_conf, const SearchSurroundings& surroundings) {
    SearchList list;
    const auto dot = surroundings.host_name.find('.');
    if (dot != std::string::npos) set_domains(list, {surroundings.host_name.substr(dot + 1)});
    std::istringstream lines{std::string(resolv_conf)};
    for (std::string line; std::getline(lines, line);) read_line(list, line);
    if (surroundings.local_domain) set_domains(list, words_of(*surroundings.local_domain));
    if (surroundings.options) set_options(list, words_of(*surroundings.options));
    return list;
}

SearchList search_list_of_system(const std::string& path) {
    std::array<char, 256> host_name{};
    ::gethostname(host_name.data(), host_name.size() - 1);
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return read_search_list(text, {.local_domain = variable("LOCALDOMAIN"),
                                   .options = variable("RES_OPTIONS"),
                                   .host_name = host_name.data()});
}

}  // namespace tautline::resolve
