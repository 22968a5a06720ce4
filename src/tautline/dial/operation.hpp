// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <functional>
#include <memory>

#include <tautline/base/error.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::dial {

/// Something under way, which calls back once.
///
/// Calls back from the loop, never from inside the call that began it. Destroying it gives it up:
/// what it had opened is closed, and it does not call back. It may be destroyed in its own
/// callback. Threads: those of its loop.
class Operation {
public:
    Operation() = default;
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    virtual ~Operation() = default;
};

using Stream = std::unique_ptr<transport::ByteStream>;
using OnStream = std::move_only_function<void(std::expected<Stream, Error>)>;

}  // namespace tautline::dial
