// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <tautline/transport/byte_stream.hpp>

namespace tautline::test {

/// A stream over another one whose peer confirms what a test says.
struct SlowWay final : transport::ByteStream {
    explicit SlowWay(std::unique_ptr<ByteStream> from) : lower(std::move(from)) {}
    void set_handler(transport::ByteStreamHandler* handler) override {
        lower->set_handler(handler);
    }
    void set_reading(bool reading) override { lower->set_reading(reading); }
    std::size_t write(std::span<const Bytes> pieces) override {
        const std::size_t taken = lower->write(pieces);
        if (counts_writes) unconfirmed += taken;
        return taken;
    }
    bool broken() const override { return lower->broken(); }
    std::size_t unconfirmed_bytes() const override { return unconfirmed; }
    std::uint64_t confirmed_bytes(std::uint64_t taken) const override {
        return confirmed.value_or(ByteStream::confirmed_bytes(taken));
    }
    void shut_down() override { lower->shut_down(); }
    void close() override { lower->close(); }
    transport::StreamInfo info() const override { return lower->info(); }

    const std::unique_ptr<ByteStream> lower;
    std::size_t unconfirmed = 0;
    bool counts_writes = false;
    std::optional<std::uint64_t> confirmed;  // else follows from the other
};

}  // namespace tautline::test
