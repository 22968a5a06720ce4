// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>

#include <fuzz/head_properties.hpp>

namespace {

using tautline::http::RequestHead;

bool same(const RequestHead& a, const RequestHead& b) {
    return a.method == b.method && a.target == b.target && a.version_minor == b.version_minor &&
           tautline::fuzz::same_fields(a.fields, b.fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tautline::fuzz::check_head<RequestHead>(data, size, same);
    return 0;
}
