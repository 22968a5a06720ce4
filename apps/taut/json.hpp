// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace tautline::taut {

/// `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD. Whatever is
/// dangerous on a terminal is escaped, so that a line can be shown there.
[[nodiscard]] std::string quote_json(std::string_view text);

/// "2026-08-22T09:15:00.123Z"
[[nodiscard]] std::string utc_timestamp(std::chrono::system_clock::time_point time);

/// Writes one JSON object, member by member.
class JsonObject {
public:
    JsonObject& add(std::string_view name, std::string_view value);
    JsonObject& add(std::string_view name, const char* value) {
        return add(name, std::string_view(value));
    }
    JsonObject& add(std::string_view name, bool value);
    JsonObject& add(std::string_view name, int value);
    JsonObject& add(std::string_view name, double value);

    /// The object as one line, without its line feed.
    [[nodiscard]] std::string line() const { return text_.empty() ? "{}" : text_ + "}"; }

private:
    JsonObject& add_raw(std::string_view name, std::string_view value);
    std::string text_;
};

}  // namespace tautline::taut
