// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

namespace tautline::taut {

/// Reports when a file descriptor can be read without blocking: pipe, terminal, socket or file.
///
/// The descriptor stays as it is: Asio would make it non-blocking, for all that share it, such as
/// our own output on the same terminal. So it is watched by an epoll of its own, and Asio watches
/// that. Files cannot be watched; they can always be read.
/// Lifetime: outlives the run of the loop.
class Input {
public:
    Input(asio::io_context& context, int descriptor, std::function<void()> on_readable);

    /// Starts and stops the calls, one a turn of the loop as long as there is something to read.
    void set_reading(bool reading);

    /// Reads what is there, at most 64 KiB, valid until the next call. Empty: the end.
    [[nodiscard]] std::string_view read();

private:
    void wait();
    void on_ready();

    int descriptor_;
    std::function<void()> on_readable_;
    asio::io_context& context_;
    asio::posix::stream_descriptor watch_;
    std::string memory_;
    bool watched_ = false;  // by the epoll; otherwise always readable
    bool reading_ = false;
    bool waiting_ = false;
};

}  // namespace tautline::taut
