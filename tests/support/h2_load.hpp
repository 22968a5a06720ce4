// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tests/support/h2_pair.hpp>

namespace tautline::test {

/// The window that each stream has unless a test says otherwise.
inline constexpr std::size_t kH2Window = std::size_t{64} * 1024;

/// Sends everything back, and reads no more while there is no room for it.
struct H2Echo {
    explicit H2Echo(H2Session& session) : at(session) {
        at.told.at_bytes = [this] { pass_on(); };
        at.told.at_writable = [this] { pass_on(); };
    }
    void pass_on() {
        const std::size_t taken = write_text(*at.stream, at.told.received);
        at.told.received.erase(0, taken);
        at.stream->set_reading(at.told.received.empty());
    }
    H2Session& at;
};

/// Writes a long text, waiting for room in between.
struct H2Sender {
    explicit H2Sender(H2Session& session, std::string_view text = {}) : at(session) {
        at.told.at_writable = [this] { pass_on(); };
        send(text);
    }
    void send(std::string_view text) {
        const bool waits = !rest.empty();
        rest += text;
        if (!waits) pass_on();
    }
    void pass_on() { rest.erase(0, write_text(*at.stream, rest)); }
    H2Session& at;
    std::string rest;
};

/// A text in which every loss or exchange shows.
inline std::string pattern(std::size_t size) {
    std::string text(size, 'a');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
    return text;
}

}  // namespace tautline::test
