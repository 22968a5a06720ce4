// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "timeline.hpp"

namespace tautline::taut {

/// The timeline as lines of JSON: a `row` for each query and attempt, after it a `stretch` for each
/// thing it did, with times in milliseconds from the beginning; at the end the `result`.
[[nodiscard]] std::string draw_json(const Timeline& timeline);

}  // namespace tautline::taut
