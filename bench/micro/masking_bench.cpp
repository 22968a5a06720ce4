// SPDX-License-Identifier: MIT
// Good: near the speed of a copy (tens of GB/s) from 1 KiB on, whatever the alignment, and a few
// nanoseconds for 20 bytes.
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

#include <tautline/proto/websocket/masking.hpp>

namespace {

using namespace tautline;

constexpr websocket::MaskingKey kKey = {std::byte{0x37}, std::byte{0xfa}, std::byte{0x21},
                                        std::byte{0x3d}};

void count_bytes(benchmark::State& state) {
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

// range(0): size; range(1): distance from an aligned address.
void unmask_in_place(benchmark::State& state) {
    const auto size = static_cast<std::size_t>(state.range(0));
    const auto skew = static_cast<std::size_t>(state.range(1));
    std::vector<std::byte> memory(size + 64);
    const MutableBytes bytes = MutableBytes(memory).subspan(skew, size);
    for (auto _ : state) {
        websocket::apply_mask(bytes, kKey, 0);
        benchmark::ClobberMemory();
    }
    count_bytes(state);
}
BENCHMARK(unmask_in_place)
    ->ArgsProduct({{7, 20, 125, 1024, 16384, 1 << 20}, {0, 1, 6}})
    ->ArgNames({"bytes", "skew"});

void mask_while_copying(benchmark::State& state) {
    const auto size = static_cast<std::size_t>(state.range(0));
    std::vector<std::byte> from(size);
    std::vector<std::byte> to(size + 64);
    for (auto _ : state) {
        websocket::copy_masked(from, to.data() + state.range(1), kKey, 0);
        benchmark::ClobberMemory();
    }
    count_bytes(state);
}
BENCHMARK(mask_while_copying)
    ->ArgsProduct({{20, 1024, 16384, 1 << 20}, {0, 6}})
    ->ArgNames({"bytes", "skew"});

// Every form that this processor has, the scalar one last: what vectors bring.
void each_form(benchmark::State& state) {
    const auto forms = websocket::masking::forms();
    const auto index = static_cast<std::size_t>(state.range(1));
    if (index >= forms.size()) return state.SkipWithError("this processor has fewer forms");
    std::vector<std::byte> memory(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        forms[index](memory.data(), memory.data(), memory.size(), 0x3d21fa37);
        benchmark::ClobberMemory();
    }
    count_bytes(state);
}
BENCHMARK(each_form)->ArgsProduct({{64, 1024, 16384}, {0, 1, 2}})->ArgNames({"bytes", "form"});

}  // namespace
