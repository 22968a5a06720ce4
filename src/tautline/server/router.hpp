// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tautline::server {

/// The values of a pattern's parameters, by name, in the order of the pattern.
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// Finds the most exact of several patterns that a path fits.
///
///     /chat/general    literal segments: /%63hat/general is the same path
///     /chat/{room}     a parameter: one segment that is not empty
///     /files/{rest...} at the end only: everything that is left, also nothing
///
/// From the left, a literal comes before a parameter, and that before a rest. Nothing is
/// normalised but the escapes of literals (`http::normal_escapes`): a slash at the end makes
/// another path, "//", "." and ".." are segments like any other, and "%2F" stays inside its
/// segment. Parameters are percent-decoded: they may hold any byte, '/' and NUL too. Who allows or
/// forbids by path does it by route and parameters: the same route has many spellings.
/// Threads: one at a time to add, any number to find.
class Router {
public:
    struct Match {
        std::size_t route = 0;  ///< What `add` returned.
        Parameters parameters;
    };
    enum class Miss : std::uint8_t {
        not_found,
        bad_encoding,  ///< A parameter has a '%' without two hexadecimal digits.
    };

    /// Says why a pattern cannot be added: it is broken, or fits the same paths as an earlier one.
    /// Empty when it can.
    [[nodiscard]] std::string problem_with(std::string_view pattern) const;
    /// Adds a pattern and returns its number: 0, 1, 2, ... One with a problem is a contract error.
    std::size_t add(std::string_view pattern);

    /// `path` is as received, without a query. Takes time linear in the number of patterns.
    [[nodiscard]] std::expected<Match, Miss> find(std::string_view path) const;

private:
    enum class Kind : std::uint8_t { literal, parameter, rest };  // the most exact first
    struct Segment {
        Kind kind;
        std::string text;  // of the literal, or the name
    };
    struct Route {
        std::size_t number;
        std::vector<Segment> segments;
    };
    template <typename T>
    using Read = std::expected<T, std::string_view>;                            // or what is wrong
    using Values = std::vector<std::pair<std::string_view, std::string_view>>;  // still encoded

    [[nodiscard]] static Read<Segment> read_segment(std::string_view text);
    [[nodiscard]] static Read<std::vector<Segment>> read_pattern(std::string_view pattern);
    [[nodiscard]] static int compare(const Route& a, const Route& b);
    [[nodiscard]] static bool fits(const Route& route, std::string_view path, Values& values);
    [[nodiscard]] static std::expected<Match, Miss> decode(const Route& route,
                                                           const Values& values);

    std::vector<Route> routes_;  // the most exact first
    std::size_t count_ = 0;
};

}  // namespace tautline::server
