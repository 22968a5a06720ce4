// SPDX-License-Identifier: MIT
// Good: more than 10 GB/s for ASCII and some GB/s for the rest where there is AVX2.
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

#include <tautline/base/utf8.hpp>

namespace {

using namespace tautline;

std::string repeated(std::string_view text, std::size_t size) {
    std::string result;
    while (result.size() + text.size() <= size) result += text;
    return result;
}

void validate(benchmark::State& state, std::string_view sample) {
    const std::string text = repeated(sample, static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(is_utf8(as_bytes(text)));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(validate, ascii, "The quick brown fox jumps over the lazy dog. ")
    ->Arg(64)
    ->Arg(1024)
    ->Arg(65536);
BENCHMARK_CAPTURE(validate, latin, "Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich. ")
    ->Arg(64)
    ->Arg(1024)
    ->Arg(65536);
BENCHMARK_CAPTURE(validate, cjk, "視野無限廣，窗外有藍天。")->Arg(64)->Arg(1024)->Arg(65536);
BENCHMARK_CAPTURE(validate, emoji, "😀🚀🎉🌍")->Arg(64)->Arg(1024)->Arg(65536);

// The form that every processor has.
void skip_ascii(benchmark::State& state) {
    const std::string text(static_cast<std::size_t>(state.range(0)), 'a');
    for (auto _ : state) benchmark::DoNotOptimize(utf8::skip_ascii(as_bytes(text)));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(skip_ascii)->Arg(1024);

}  // namespace
