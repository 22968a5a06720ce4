// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tautline/base/error.hpp>

namespace tautline {

/// The two texts of an error: the stable name, and the message for a person.
struct ErrorWords {
    std::string_view name;
    std::string_view message;
};

/// For a number that is none of the enumerators: an error code may hold any.
inline constexpr ErrorWords kUnknownError{"unknown", "unknown error"};

/// The category of an enumeration whose every value has its words; `words_for` returns
/// `kUnknownError` for any other.
template <typename Enum>
class EnumCategory final : public ErrorCategory {
public:
    EnumCategory(const char* name, ErrorWords (*words_for)(Enum))
        : name_(name), words_for_(words_for) {}

    [[nodiscard]] const char* name() const noexcept override { return name_; }
    [[nodiscard]] std::string_view name_of(int value) const noexcept override {
        return words_of(value).name;
    }
    [[nodiscard]] std::string message(int value) const override {
        return std::string(words_of(value).message);
    }

private:
    // What does not fit would be another one, cut short.
    [[nodiscard]] ErrorWords words_of(int value) const noexcept {
        const bool fits = std::in_range<std::underlying_type_t<Enum>>(value);
        return fits ? words_for_(static_cast<Enum>(value)) : kUnknownError;
    }

    const char* name_;
    ErrorWords (*words_for_)(Enum);
};

}  // namespace tautline
