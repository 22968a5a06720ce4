// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <tautline/base/bytes.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::test {

/// Writes down what a stream tells, and runs what a test wants to happen inside of each call.
struct StreamRecorder final : transport::ByteStreamHandler {
    void on_bytes(MutableBytes bytes) override {
        received += as_text(bytes);
        deliveries.push_back(bytes.size());
        if (at_bytes) at_bytes();
    }
    void on_writable() override {
        ++writable;
        if (at_writable) at_writable();
    }
    void on_end(std::error_code error) override {
        ++ends;
        end = error;
        if (at_end) at_end();
    }

    std::string received;
    std::vector<std::size_t> deliveries;
    int writable = 0;
    int ends = 0;
    std::optional<std::error_code> end;
    std::function<void()> at_bytes;
    std::function<void()> at_writable;
    std::function<void()> at_end;
};

/// Writes one text and returns how much of it was taken.
inline std::size_t write_text(transport::ByteStream& stream, std::string_view text) {
    const Bytes piece = as_bytes(text);
    return stream.write({&piece, 1});
}

}  // namespace tautline::test
