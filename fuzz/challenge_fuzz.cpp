// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tautline/base/assert.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/http/challenge.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace {

using tautline::http::Challenge;
using tautline::http::is_token;

std::string write_quoted(std::string_view value) {
    std::string quoted = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "\"";
}

// One challenge; every value is quoted, which reading undoes.
std::string write(const Challenge& challenge) {
    std::string text = challenge.scheme;
    if (!challenge.token68.empty()) return text + " " + challenge.token68;
    for (const auto& [name, value] : challenge.parameters) {
        text += &name == &challenge.parameters.front().first ? " " : ", ";
        text += name + "=" + write_quoted(value);
    }
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text =
        tautline::as_text(tautline::Bytes(reinterpret_cast<const std::byte*>(data), size));
    const auto challenges = tautline::http::read_challenges(text);
    if (!challenges) return 0;
    TAUTLINE_ASSERT(challenges->size() <= size);
    std::string written;
    for (const Challenge& challenge : *challenges) {
        TAUTLINE_ASSERT(is_token(challenge.scheme));
        TAUTLINE_ASSERT(challenge.token68.empty() || challenge.parameters.empty());
        TAUTLINE_ASSERT(find_challenge(*challenges, challenge.scheme)->is(challenge.scheme));
        written += (written.empty() ? "" : ", ") + write(challenge);
    }
    TAUTLINE_ASSERT(tautline::http::read_challenges(written) == challenges);
    return 0;
}
