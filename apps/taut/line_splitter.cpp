// SPDX-License-Identifier: MIT
#include "line_splitter.hpp"

namespace tautline::taut {

void LineSplitter::feed(std::string_view piece) {
    waiting_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    waiting_ += piece;
}

std::optional<std::string_view> LineSplitter::next() {
    const auto end = waiting_.find('\n', scanned_);
    if (end == std::string::npos) {
        scanned_ = waiting_.size();
        if (!ended_ || begin_ == waiting_.size()) return std::nullopt;
        const std::string_view last = std::string_view(waiting_).substr(begin_);
        begin_ = waiting_.size();
        return last;
    }
    std::string_view line = std::string_view(waiting_).substr(begin_, end - begin_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin_ = scanned_ = end + 1;
    return line;
}

}  // namespace tautline::taut
