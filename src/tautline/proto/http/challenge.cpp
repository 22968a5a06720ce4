// SPDX-License-Identifier: MIT
#include <tautline/proto/http/challenge.hpp>

#include <algorithm>

#include <tautline/base/ascii.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::http {

namespace {

using Parameter = std::pair<std::string, std::string>;

bool is_token68_character(char c) {
    constexpr std::string_view kOthers = "-._~+/";
    return is_letter(c) || is_digit(c) || kOthers.find(c) != kOthers.npos;
}

// RFC 9110 section 11.2: characters of base64 and the like, then any number of '='.
bool is_token68(std::string_view text) {
    const auto padding = text.find_last_not_of('=');
    return padding != text.npos &&
           std::ranges::all_of(text.substr(0, padding + 1), is_token68_character);
}

// name = value, with blanks around '='; the whole of `text`.
std::optional<Parameter> read_parameter(std::string_view text) {
    TokenReader reader(text);
    const auto name = reader.take_token();
    reader.skip_blanks();
    if (!name || !reader.take('=')) return std::nullopt;
    reader.skip_blanks();
    if (const auto token = reader.take_token()) {
        if (!reader.at_end()) return std::nullopt;
        return Parameter(*name, *token);
    }
    const auto quoted = reader.take_quoted();
    if (!quoted || !reader.at_end()) return std::nullopt;
    return Parameter(*name, remove_escapes(*quoted));
}

// "Scheme", "Scheme token68" or "Scheme name=value": the first element of a challenge.
std::optional<Challenge> read_first(std::string_view element) {
    const auto end = std::min(element.find_first_of(" \t"), element.size());
    Challenge challenge{
        .scheme = std::string(element.substr(0, end)), .token68 = {}, .parameters = {}};
    if (!is_token(challenge.scheme)) return std::nullopt;
    const auto rest = trim_blanks(element.substr(end));
    if (rest.empty()) return challenge;
    if (is_token68(rest)) {
        challenge.token68 = rest;
        return challenge;
    }
    auto parameter = read_parameter(rest);
    if (!parameter) return std::nullopt;
    challenge.parameters.push_back(*std::move(parameter));
    return challenge;
}

// An element that is one parameter belongs to the challenge before it.
bool add_to_last(std::vector<Challenge>& challenges, std::string_view element) {
    if (challenges.empty() || !challenges.back().token68.empty()) return false;
    auto parameter = read_parameter(element);
    if (!parameter) return false;
    challenges.back().parameters.push_back(*std::move(parameter));
    return true;
}

}  // namespace

bool Challenge::is(std::string_view wanted_scheme) const {
    return equal_ignoring_case(scheme, wanted_scheme);
}

std::optional<std::string_view> Challenge::find(std::string_view name) const {
    for (const auto& [own_name, value] : parameters) {
        if (equal_ignoring_case(own_name, name)) return value;
    }
    return std::nullopt;
}

std::optional<std::vector<Challenge>> read_challenges(std::string_view field) {
    std::vector<Challenge> challenges;
    for (const std::string_view element : split_list(field)) {
        if (add_to_last(challenges, element)) continue;
        auto challenge = read_first(element);
        if (!challenge) return std::nullopt;
        challenges.push_back(*std::move(challenge));
    }
    return challenges;
}

const Challenge* find_challenge(const std::vector<Challenge>& challenges, std::string_view scheme) {
    const auto found =
        std::ranges::find_if(challenges, [&](const Challenge& one) { return one.is(scheme); });
    return found == challenges.end() ? nullptr : &*found;
}

}  // namespace tautline::http
