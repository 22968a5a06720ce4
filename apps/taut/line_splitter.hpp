// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tautline::taut {

/// Cuts input that arrives in pieces into lines. The end of a line is LF or CR LF and is not part
/// of it; what follows the last LF is a line when it is not empty.
///
/// Limits: a line of more than `kLimit` bytes is refused, so that input without line ends cannot
/// fill the memory.
class LineSplitter {
public:
    static constexpr std::size_t kLimit = std::size_t{64} * 1024 * 1024;

    explicit LineSplitter(std::size_t limit = kLimit) : limit_(limit) {}

    void feed(std::string_view piece);
    /// No more will come.
    void end() { ended_ = true; }

    /// The next whole line, valid until the next call of `feed`; std::nullopt when there is none.
    [[nodiscard]] std::optional<std::string_view> next();

    /// Whether a line without end is over the limit.
    [[nodiscard]] bool too_long() const {
        return !ended_ && waiting_.size() - begin_ > limit_ && scanned_ == waiting_.size();
    }
    /// Whether the end was fed and all lines were taken.
    [[nodiscard]] bool finished() const { return ended_ && begin_ == waiting_.size(); }

private:
    std::string waiting_;
    std::size_t begin_ = 0;    // of the next line
    std::size_t scanned_ = 0;  // up to here there is no LF behind begin_
    std::size_t limit_;
    bool ended_ = false;
};

}  // namespace tautline::taut
