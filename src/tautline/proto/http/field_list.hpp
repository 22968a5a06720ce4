// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tautline::http {

/// The header fields of one message, in the order in which they came or were added.
///
/// Names compare without regard to case (RFC 9110 section 5.1). The list holds any text: the reader
/// and the writer of heads check with `is_field_name` and `is_field_value` what may be received and
/// sent.
class FieldList {
public:
    using Field = std::pair<std::string, std::string>;

    FieldList() = default;
    FieldList(std::initializer_list<Field> fields) : fields_(fields) {}

    void add(std::string name, std::string value);
    /// Replaces every field of that name by one.
    void set(std::string_view name, std::string value);
    void remove(std::string_view name);
    /// Adds `text` to the value of the last field, with a blank between them when neither is empty.
    /// There is a field.
    void continue_last(std::string_view text);

    /// The value of the first field of that name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return count(name) > 0; }

    /// All values of that name joined by ", " as one list (RFC 9110 section 5.3).
    [[nodiscard]] std::string combined(std::string_view name) const;

    /// Whether a comma-separated list under that name, over all its lines, has `token` as a whole
    /// element, without regard to case.
    [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;

    [[nodiscard]] std::size_t size() const { return fields_.size(); }
    [[nodiscard]] bool empty() const { return fields_.empty(); }
    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }

private:
    std::vector<Field> fields_;
};

}  // namespace tautline::http
