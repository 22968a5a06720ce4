// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <tests/support/exact_copy.hpp>
#include <tests/support/utf8_definition.hpp>

#include <tautline/base/assert.hpp>
#include <tautline/base/utf8.hpp>

namespace {

using namespace tautline;
using test::ExactCopy;
using test::Utf8Verdict;

void check(const Utf8Validator& validator, bool fine, const Utf8Verdict& wanted, Bytes text) {
    TAUTLINE_ASSERT(fine == !wanted.first_bad);
    TAUTLINE_ASSERT(validator.first_bad_offset() == wanted.first_bad);
    TAUTLINE_ASSERT(validator.complete() == (wanted.whole_characters_end == text.size()));
}

// Every piece in a block of its own, so that ASan sees a look beyond its borders.
void check_in_pieces(Bytes text, std::size_t piece, const Utf8Verdict& wanted) {
    Utf8Validator validator;
    bool fine = true;
    for (Bytes rest = text; !rest.empty(); rest = rest.subspan(std::min(piece, rest.size()))) {
        const ExactCopy copy(rest.first(std::min(piece, rest.size())));
        fine = validator.feed(copy.bytes());
    }
    check(validator, fine, wanted, text);
}

void check_form(utf8::SkipValid form, Bytes text) {
    const std::size_t skipped = form(text);
    TAUTLINE_ASSERT(skipped <= text.size());
    TAUTLINE_ASSERT(test::utf8_by_definition(text.first(skipped)).whole_characters_end == skipped);
}

}  // namespace

// The answer is that of the table in RFC 3629, whatever form is used, and however the text is cut.
// The first byte of the input says how: into pieces of that size.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Bytes text(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
    const auto wanted = test::utf8_by_definition(text);

    Utf8Validator validator;
    const bool fine = validator.feed(text);
    check(validator, fine, wanted, text);
    TAUTLINE_ASSERT(is_utf8(text) == validator.complete());
    check_in_pieces(text, std::size_t{data[0]} + 1, wanted);
    check_form(utf8::skip_ascii, text);
    check_form(utf8::best_skip_valid(), text);
    return 0;
}
