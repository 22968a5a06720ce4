// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <tautline/proto/websocket/options.hpp>

namespace tautline::websocket {

/// Says which option is out of its range; empty when none is. Call it before options are used.
[[nodiscard]] std::string problem_with(const ConnectionOptions& options);
/// The same of those of compression.
[[nodiscard]] std::string problem_with_compression(
    const std::optional<deflate::Options>& compression);

}  // namespace tautline::websocket
