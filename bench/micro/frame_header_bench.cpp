// SPDX-License-Identifier: MIT
// Good: a few nanoseconds each way, which is nothing beside a system call.
#include <array>

#include <benchmark/benchmark.h>

#include <tautline/proto/websocket/frame_header.hpp>

namespace {

using namespace tautline;
using websocket::FrameHeader;

// One length for each of the three forms.
constexpr std::int64_t kLengths[] = {20, 1024, 1 << 20};

FrameHeader header_for(const benchmark::State& state) {
    return {.length = static_cast<std::uint64_t>(state.range(0)),
            .key = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}},
            .masked = true};
}

void write_header(benchmark::State& state) {
    const FrameHeader header = header_for(state);
    std::array<std::byte, websocket::kMaxFrameHeaderBytes> out{};
    for (auto _ : state) {
        benchmark::DoNotOptimize(websocket::write_frame_header(header, out));
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(write_header)->Arg(kLengths[0])->Arg(kLengths[1])->Arg(kLengths[2]);

void read_header(benchmark::State& state) {
    std::array<std::byte, websocket::kMaxFrameHeaderBytes> bytes{};
    const std::size_t size = websocket::write_frame_header(header_for(state), bytes);
    for (auto _ : state) {
        benchmark::DoNotOptimize(bytes.data());
        benchmark::DoNotOptimize(
            websocket::read_frame_header(Bytes(bytes).first(size), Role::server));
    }
}
BENCHMARK(read_header)->Arg(kLengths[0])->Arg(kLengths[1])->Arg(kLengths[2]);

}  // namespace
