// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/websocket/role.hpp>

#include "arguments.hpp"
#include "line_splitter.hpp"

namespace tautline::taut {

/// A message to send, or a part of one that is too large to be held in memory.
struct Piece {
    MessageType type = MessageType::text;
    Bytes bytes;  ///< Valid until the next call on the source, as is `path`.
    bool first = true;
    bool last = true;
    std::string_view path = {};  ///< Of the file that it is from; empty for what is from none.
    std::uint64_t line = 0;      ///< Of the input, from 1 on; 0 for what is no line of it.
};

/// Yields what is to be sent, in order: messages and files of the command line, then what is fed
/// from standard input: text by lines, binary by the blocks in which it comes.
class MessageSource {
public:
    MessageSource(std::vector<Outgoing> outgoing, MessageType type);

    /// A file that comes before the rest of the input.
    void add_file(std::string path, MessageType type);

    void feed(std::string_view input);
    void end_input() {
        splitter_.end();
        input_ended_ = true;
    }

    /// The next piece; std::nullopt when more input is needed or all is finished. Fails with a
    /// sentence for the person; what cannot be sent is skipped then.
    [[nodiscard]] std::expected<std::optional<Piece>, std::string> next();

    /// Whether nothing but input can give the next piece.
    [[nodiscard]] bool wants_input() const { return outgoing_.empty() && !file_ && !input_ended_; }
    [[nodiscard]] bool finished() const;

private:
    struct Item {
        Outgoing outgoing;
        MessageType type;
    };

    [[nodiscard]] std::expected<std::optional<Piece>, std::string> open_file(const Item& item);
    [[nodiscard]] std::expected<std::optional<Piece>, std::string> next_of_file();
    [[nodiscard]] std::expected<std::optional<Piece>, std::string> next_of_input();
    [[nodiscard]] std::expected<std::optional<Piece>, std::string> fail_file(std::string_view why);
    [[nodiscard]] std::string read_file(std::size_t count);

    std::deque<Item> outgoing_;
    MessageType type_;
    std::optional<std::ifstream> file_;
    std::string path_;
    MessageType file_type_ = MessageType::text;
    bool file_begun_ = false;
    std::string current_;  // what the last piece shows
    std::string ahead_;    // of the file: to know which block is the last
    LineSplitter splitter_;
    std::uint64_t lines_ = 0;  // taken from it
    std::string block_;
    bool input_ended_ = false;
};

}  // namespace tautline::taut
