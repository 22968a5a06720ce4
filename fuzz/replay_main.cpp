// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

// The input in a block of exactly its size, so that AddressSanitizer sees an over-read of one byte.
void replay(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    const auto exact = std::make_unique<std::uint8_t[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), exact.get());
    LLVMFuzzerTestOneInput(exact.get(), bytes.size());
}

std::size_t replay_all(const std::filesystem::path& folder) {
    std::size_t count = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (!entry.is_regular_file()) continue;
        replay(entry.path());
        ++count;
    }
    return count;
}

}  // namespace

// Runs a fuzz target over every file of the folders that are named, without libFuzzer. A target
// fails by aborting. A folder without inputs is a mistake.
int main(int count, char** arguments) {
    for (int index = 1; index < count; ++index) {
        const auto replayed = replay_all(arguments[index]);
        std::printf("%s: %zu inputs\n", arguments[index], replayed);
        if (replayed == 0) return 1;
    }
    return 0;
}
