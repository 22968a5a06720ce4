// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/io/loop.hpp>
#include <tautline/proto/deflate/shared.hpp>

namespace tautline::session {

/// What all connections on this loop compress and inflate with, where they do not take over
/// contexts. Destroyed with the io_context of the loop.
[[nodiscard]] deflate::Shared& shared_deflate(io::Loop& loop);

}  // namespace tautline::session
