// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fuzz/head_properties.hpp>

namespace {

using tautline::http::ResponseHead;

// An empty reason is written as the phrase of its status.
std::string_view phrase_of(const ResponseHead& head) {
    return head.reason.empty() ? tautline::http::reason_phrase_for(head.status) : head.reason;
}

bool same(const ResponseHead& a, const ResponseHead& b) {
    return a.status == b.status && phrase_of(a) == phrase_of(b) &&
           a.version_minor == b.version_minor && tautline::fuzz::same_fields(a.fields, b.fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tautline::fuzz::check_head<ResponseHead>(data, size, same);
    return 0;
}
