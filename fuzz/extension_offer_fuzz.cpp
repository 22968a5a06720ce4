// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tautline/base/assert.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/deflate/parameters.hpp>
#include <tautline/proto/http/extension_list.hpp>

namespace {

using tautline::deflate::Options;
using tautline::deflate::Parameters;
using tautline::http::Extension;

std::string written(const std::vector<Extension>& extensions) {
    std::string text;
    for (const Extension& extension : extensions) {
        text.append(text.empty() ? "" : ", ").append(extension.name);
        for (const auto& [name, value] : extension.parameters) {
            text.append("; ").append(name);
            if (value) text.append("=\"").append(*value).append("\"");
        }
    }
    return text;
}

Options options_from(std::uint8_t windows, std::uint8_t flags) {
    return {.server_no_context_takeover = (flags & 1) != 0,
            .client_no_context_takeover = (flags & 2) != 0,
            .server_max_window_bits = 9 + windows % 7,
            .client_max_window_bits = 9 + windows / 7 % 7};
}

void check_list(std::string_view field) {
    const auto extensions = tautline::http::read_extension_list(field);
    if (extensions) {
        TAUTLINE_ASSERT(tautline::http::read_extension_list(written(*extensions)) == extensions);
    }
}

// What we answer is within our own limits, and any client that offered it can read it.
void check_as_offer(std::string_view field, const Options& options) {
    const auto answer = tautline::deflate::accept_offer(field, options);
    if (!answer) return;
    const Parameters& agreed = answer->parameters;
    TAUTLINE_ASSERT(agreed.server_max_window_bits >= 9);
    TAUTLINE_ASSERT(agreed.server_max_window_bits <= options.server_max_window_bits);
    TAUTLINE_ASSERT(agreed.client_max_window_bits >= 8 && agreed.client_max_window_bits <= 15);
    TAUTLINE_ASSERT(agreed.server_no_context_takeover || !options.server_no_context_takeover);
    const auto read = tautline::deflate::read_answer(answer->field_value, {});
    TAUTLINE_ASSERT(read && *read == agreed);
}

// What we take from a server is what we asked for.
void check_as_answer(std::string_view field, const Options& options) {
    const auto read = tautline::deflate::read_answer(field, options);
    if (!read || !*read) return;
    const Parameters& agreed = **read;
    TAUTLINE_ASSERT(agreed.server_max_window_bits >= 8 && agreed.client_max_window_bits >= 8);
    TAUTLINE_ASSERT(agreed.server_max_window_bits <= options.server_max_window_bits);
    TAUTLINE_ASSERT(agreed.client_max_window_bits <= options.client_max_window_bits);
    TAUTLINE_ASSERT(agreed.server_no_context_takeover || !options.server_no_context_takeover);
    TAUTLINE_ASSERT(agreed.client_no_context_takeover || !options.client_no_context_takeover);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const Options options = options_from(data[0], data[1]);
    const auto field =
        tautline::as_text({reinterpret_cast<const std::byte*>(data), size}).substr(2);

    check_list(field);
    check_as_offer(field, options);
    check_as_answer(field, options);
    return 0;
}
