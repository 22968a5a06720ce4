// SPDX-License-Identifier: MIT
#pragma once

#include "arguments.hpp"
#include "exit_code.hpp"

namespace tautline::taut {

/// The verb `serve`: serves until a signal ends it.
[[nodiscard]] ExitCode run_serve(ServeArguments arguments);

}  // namespace tautline::taut
