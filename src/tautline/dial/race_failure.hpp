// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/base/error.hpp>
#include <tautline/proto/eyeballs/output.hpp>
#include <tautline/proto/http/uri.hpp>

namespace tautline::dial {

/// Why a race failed, for a person: the error of the attempt that came farthest, and behind it what
/// became of every attempt when there were several.
[[nodiscard]] Error error_for(const eyeballs::Failed& failed, const http::Uri& uri);

}  // namespace tautline::dial
