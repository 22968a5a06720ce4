// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <tautline/proto/h2/options.hpp>

namespace tautline::h2 {

/// Says which option is out of its range; empty when none is. A connection takes no others.
[[nodiscard]] std::string problem_with(const Options& options);

}  // namespace tautline::h2
