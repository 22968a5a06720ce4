// SPDX-License-Identifier: MIT
// Good: what zlib alone takes for the same settings, `zlib_alone`; and up to 8 KiB without takeover
// less than half of it. Of `inflate_whole`: up to 4 KiB about half of `inflate` without takeover.
#include <random>
#include <string>

#include <benchmark/benchmark.h>
#include <zlib.h>

#include <tautline/proto/deflate/compressor.hpp>
#include <tautline/proto/deflate/decompressor.hpp>
#include <tautline/proto/deflate/shared.hpp>

namespace {

using namespace tautline;

std::string json_text(std::size_t size) {
    std::mt19937 random(7);
    std::string text;
    while (text.size() < size) {
        text += R"({"id":)" + std::to_string(random()) + R"(,"user":"Anna","price":)" +
                std::to_string(random() % 100000) + R"(,"state":"filled"},)";
    }
    text.resize(size);
    return text;
}

// range(0): size; range(1): context takeover.
void compress(benchmark::State& state) {
    const std::string text = json_text(static_cast<std::size_t>(state.range(0)));
    deflate::Compressor compressor({.context_takeover = state.range(1) != 0});
    Buffer out;
    for (auto _ : state) {
        out.clear();
        compressor.compress(as_bytes(text), true, out);
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(compress)->ArgsProduct({{64, 1024, 16384}, {0, 1}})->ArgNames({"bytes", "takeover"});

void zlib_alone(benchmark::State& state) {
    const std::string text = json_text(static_cast<std::size_t>(state.range(0)));
    std::string out(text.size() + 1024, '\0');
    z_stream stream{};
    ::deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    for (auto _ : state) {
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
        stream.avail_in = static_cast<uInt>(text.size());
        stream.next_out = reinterpret_cast<Bytef*>(out.data());
        stream.avail_out = static_cast<uInt>(out.size());
        ::deflate(&stream, Z_SYNC_FLUSH);
        if (state.range(1) == 0) ::deflateReset(&stream);
    }
    ::deflateEnd(&stream);
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(zlib_alone)->ArgsProduct({{64, 1024, 16384}, {0, 1}})->ArgNames({"bytes", "takeover"});

void inflate(benchmark::State& state) {
    const std::string text = json_text(static_cast<std::size_t>(state.range(0)));
    Buffer compressed;
    deflate::Compressor({.context_takeover = false}).compress(as_bytes(text), true, compressed);
    deflate::Decompressor decompressor({.context_takeover = state.range(1) != 0});
    Buffer out;
    for (auto _ : state) {
        out.clear();
        const auto done = decompressor.inflate(compressed.readable(), true, text.size(), out);
        if (!done) return state.SkipWithError("it does not inflate");
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(inflate)->ArgsProduct({{64, 1024, 16384}, {0, 1}})->ArgNames({"bytes", "takeover"});

void inflate_whole(benchmark::State& state) {
    const std::string text = json_text(static_cast<std::size_t>(state.range(0)));
    deflate::Shared shared;
    Buffer compressed;
    shared.compress({}, as_bytes(text), compressed);
    Buffer out;
    for (auto _ : state) {
        out.clear();
        const auto done = shared.inflate(compressed.readable(), text.size(), out);
        if (!done) return state.SkipWithError("it does not inflate");
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(inflate_whole)->Arg(64)->Arg(1024)->Arg(16384)->ArgName("bytes");

}  // namespace
