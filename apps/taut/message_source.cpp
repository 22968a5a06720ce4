// SPDX-License-Identifier: MIT
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "escape.hpp"
#include "message_source.hpp"

namespace tautline::taut {

namespace {

constexpr std::size_t kFileBytes = 64 * 1024;

}  // namespace

MessageSource::MessageSource(std::vector<Outgoing> outgoing, MessageType type) : type_(type) {
    for (auto& item : outgoing) outgoing_.push_back({std::move(item), type});
}

void MessageSource::add_file(std::string path, MessageType type) {
    outgoing_.push_back({{Outgoing::Kind::file, std::move(path)}, type});
}

void MessageSource::feed(std::string_view input) {
    if (type_ == MessageType::text) {
        splitter_.feed(input);
    } else {
        block_ += input;
    }
}

bool MessageSource::finished() const {
    return outgoing_.empty() && !file_ && input_ended_ && block_.empty() && splitter_.finished();
}

std::expected<std::optional<Piece>, std::string> MessageSource::next() {
    if (file_) return next_of_file();
    if (outgoing_.empty()) return next_of_input();
    const Item item = std::move(outgoing_.front());
    outgoing_.pop_front();
    if (item.outgoing.kind == Outgoing::Kind::file) return open_file(item);
    current_ = item.outgoing.value;
    return Piece{.type = item.type, .bytes = as_bytes(current_)};
}

std::expected<std::optional<Piece>, std::string> MessageSource::open_file(const Item& item) {
    path_ = item.outgoing.value;
    file_type_ = item.type;
    file_begun_ = false;
    errno = 0;
    file_.emplace(path_, std::ios::binary);
    if (!*file_) return fail_file(std::generic_category().message(errno));
    ahead_ = read_file(kFileBytes);
    if (file_->bad()) return fail_file("it cannot be read");
    return next_of_file();
}

std::expected<std::optional<Piece>, std::string> MessageSource::fail_file(std::string_view why) {
    file_.reset();
    return std::unexpected(fmt::format("{} cannot be sent: {}", escape_for_terminal(path_), why));
}

std::string MessageSource::read_file(std::size_t count) {
    std::string bytes(count, '\0');
    file_->read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file_->gcount()));
    return bytes;
}

std::expected<std::optional<Piece>, std::string> MessageSource::next_of_file() {
    current_ = std::exchange(ahead_, read_file(kFileBytes));
    const bool last = ahead_.empty();
    const bool first = !std::exchange(file_begun_, true);
    if (last) file_.reset();
    return Piece{.type = file_type_,
                 .bytes = as_bytes(current_),
                 .first = first,
                 .last = last,
                 .path = path_};
}

std::expected<std::optional<Piece>, std::string> MessageSource::next_of_input() {
    if (type_ == MessageType::binary) {
        if (block_.empty()) return std::nullopt;
        current_ = std::exchange(block_, {});
        return Piece{.type = type_, .bytes = as_bytes(current_)};
    }
    const auto line = splitter_.next();
    if (line) return Piece{.type = type_, .bytes = as_bytes(*line), .line = ++lines_};
    if (splitter_.too_long()) {
        splitter_ = LineSplitter();
        return std::unexpected(
            fmt::format("line {} of the input has more than {} MiB; use -f FILE or --binary",
                        lines_ + 1, LineSplitter::kLimit >> 20));
    }
    return std::nullopt;
}

}  // namespace tautline::taut
