// SPDX-License-Identifier: MIT
#include <tautline/proto/http/body_reader.hpp>

#include <algorithm>
#include <optional>

#include <tautline/base/ascii.hpp>
#include <tautline/base/parse_number.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::http {

namespace {

constexpr std::size_t kMaxLineBytes = 1024;

// RFC 9112 section 6.3: a list of equal lengths counts as one of them.
std::optional<std::uint64_t> read_content_length(const FieldList& fields) {
    const std::string combined = fields.combined("Content-Length");
    const auto lengths = split_list(combined);
    if (lengths.empty()) return std::nullopt;
    const bool equal =
        std::ranges::all_of(lengths, [&](std::string_view one) { return one == lengths[0]; });
    return equal ? parse_number<std::uint64_t>(lengths[0]) : std::nullopt;
}

}  // namespace

BodyReader::BodyReader(const ResponseHead& head, BodyLimits limits) : limits_(limits) {
    // RFC 9112 section 6.3: these have no body.
    if (head.status < 200 || head.status == 204 || head.status == 304) {
        state_ = State::complete;
    } else if (head.fields.has("Transfer-Encoding")) {
        // RFC 9112 section 6.3: both fields in one head may be request smuggling.
        if (head.fields.has("Content-Length") || head.version_minor == 0) state_ = State::failed;
        const std::string coding = head.fields.combined("Transfer-Encoding");
        if (equal_ignoring_case(trim_blanks(coding), "chunked")) part_ = Part::size_line;
    } else if (head.fields.has("Content-Length")) {
        const auto length = read_content_length(head.fields);
        part_ = Part::content;
        left_ = length.value_or(0);
        state_ = !length ? State::failed : *length == 0 ? State::complete : State::reading;
    }
}

std::size_t BodyReader::receive(Bytes bytes) {
    std::size_t taken = 0;
    while (state_ == State::reading && taken < bytes.size()) {
        if (total_ == limits_.total_bytes) {
            state_ = State::failed;
            break;
        }
        if (part_ == Part::stream || part_ == Part::content || part_ == Part::chunk) {
            const std::size_t room = limits_.total_bytes - total_;
            const auto rest = bytes.subspan(taken);
            const std::size_t count = take_content(rest.first(std::min(rest.size(), room)));
            total_ += count;
            taken += count;
        } else {
            take_line_byte(static_cast<char>(bytes[taken]));
            ++total_;
            ++taken;
        }
    }
    return taken;
}

std::size_t BodyReader::take_content(Bytes bytes) {
    const bool bounded = part_ != Part::stream;
    if (bounded && bytes.size() > left_) bytes = bytes.first(static_cast<std::size_t>(left_));
    kept_ += as_text(bytes).substr(0, limits_.kept_bytes - kept_.size());
    if (!bounded) return bytes.size();
    left_ -= bytes.size();
    if (left_ > 0) return bytes.size();
    if (part_ == Part::content) state_ = State::complete;
    if (part_ == Part::chunk) part_ = Part::chunk_end;
    return bytes.size();
}

void BodyReader::take_line_byte(char byte) {
    line_.push_back(byte);
    if (line_.size() > kMaxLineBytes) state_ = State::failed;
    if (byte != '\n') return;
    // RFC 9112 section 2.2: lines end in CR LF.
    if (!line_.ends_with("\r\n")) {
        state_ = State::failed;
        return;
    }
    line_.resize(line_.size() - 2);
    finish_line();
    line_.clear();
}

void BodyReader::finish_line() {
    if (part_ == Part::size_line) {
        finish_size_line();
    } else if (part_ == Part::chunk_end) {
        if (!line_.empty()) state_ = State::failed;
        part_ = Part::size_line;
    } else if (line_.empty()) {
        state_ = State::complete;
    }
}

// RFC 9112 section 7.1: the size, and extensions that mean nothing here.
void BodyReader::finish_size_line() {
    const std::string_view line = line_;
    const auto size = parse_number<std::uint64_t>(trim_blanks(line.substr(0, line.find(';'))), 16);
    if (!size) {
        state_ = State::failed;
    } else {
        left_ = *size;
        part_ = *size == 0 ? Part::trailer : Part::chunk;
    }
}

}  // namespace tautline::http
