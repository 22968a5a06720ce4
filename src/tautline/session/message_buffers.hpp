// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <tautline/base/buffer_pool.hpp>
#include <tautline/io/loop.hpp>

namespace tautline::session {

/// What all connections on this loop assemble, inflate and compress messages in. It is there as
/// long as somebody holds it, for a connection may outlive its loop.
[[nodiscard]] std::shared_ptr<BufferPool> message_buffers(io::Loop& loop);

}  // namespace tautline::session
