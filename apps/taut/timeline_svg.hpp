// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "timeline.hpp"

namespace tautline::taut {

/// The timeline as a picture that stands alone, light or dark as the reader likes it.
[[nodiscard]] std::string draw_svg(const Timeline& timeline);

}  // namespace tautline::taut
