// SPDX-License-Identifier: MIT
#include <tautline/proto/http/field_list.hpp>

#include <algorithm>

#include <tautline/base/ascii.hpp>
#include <tautline/base/assert.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::http {

void FieldList::add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
}

void FieldList::set(std::string_view name, std::string value) {
    remove(name);
    add(std::string(name), std::move(value));
}

void FieldList::remove(std::string_view name) {
    std::erase_if(fields_,
                  [&](const Field& field) { return equal_ignoring_case(field.first, name); });
}

void FieldList::continue_last(std::string_view text) {
    TAUTLINE_ASSERT(!fields_.empty());
    std::string& value = fields_.back().second;
    if (!value.empty() && !text.empty()) value += ' ';
    value += text;
}

std::optional<std::string_view> FieldList::find(std::string_view name) const {
    for (const auto& [key, value] : fields_) {
        if (equal_ignoring_case(key, name)) return value;
    }
    return std::nullopt;
}

std::size_t FieldList::count(std::string_view name) const {
    const auto same = [&](const Field& field) { return equal_ignoring_case(field.first, name); };
    return static_cast<std::size_t>(std::ranges::count_if(fields_, same));
}

std::string FieldList::combined(std::string_view name) const {
    std::string list;
    bool first = true;
    for (const auto& [key, value] : fields_) {
        if (!equal_ignoring_case(key, name)) continue;
        if (!std::exchange(first, false)) list += ", ";
        list += value;
    }
    return list;
}

bool FieldList::has_token(std::string_view name, std::string_view token) const {
    for (const auto& [key, value] : fields_) {
        if (!equal_ignoring_case(key, name)) continue;
        for (const auto element : split_list(value)) {
            if (equal_ignoring_case(element, token)) return true;
        }
    }
    return false;
}

}  // namespace tautline::http
