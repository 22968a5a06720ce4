// SPDX-License-Identifier: MIT
#include <tautline/proto/http/head_reader.hpp>

#include <algorithm>
#include <concepts>
#include <limits>
#include <utility>

#include <tautline/base/ascii.hpp>
#include <tautline/base/assert.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::http {

namespace {

using Checked = std::expected<void, HeadError>;
constexpr std::unexpected<HeadError> kMalformed(HeadError::malformed);
constexpr std::string_view kLineEnd = "\r\n";

// The line without what is, or may become, its end.
std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// Whether a head can begin with `first`. So a peer that speaks TLS to a plain port, or the other
// way round, fails at once, not at the handshake's deadline.
bool may_begin(const RequestHead& /*head*/, char first) {
    return first == '\r' || is_token({&first, 1});
}
bool may_begin(const ResponseHead& /*head*/, char first) { return first == 'H'; }

// RFC 9112 section 2.3: the name of the protocol is case-sensitive and followed by two digits.
Checked read_version(std::string_view text, int& minor) {
    const bool shape = text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) &&
                       text[6] == '.' && is_digit(text[7]);
    if (!shape) return kMalformed;
    // RFC 9110 section 2.5: a higher minor version is read as the highest one that we know.
    if (text[5] != '1') return std::unexpected(HeadError::version_unsupported);
    minor = text[7] == '0' ? 0 : 1;
    return {};
}

// RFC 9112 section 3: method SP target SP version, with exactly one blank between them.
Checked read_first_line(std::string_view line, RequestHead& head) {
    const auto method_end = line.find(' ');
    const auto target_end = line.find(' ', method_end == line.npos ? line.npos : method_end + 1);
    if (target_end == line.npos) return kMalformed;
    const auto method = line.substr(0, method_end);
    const auto target = line.substr(method_end + 1, target_end - method_end - 1);
    if (!is_token(method) || !is_request_target(target)) return kMalformed;
    head.method = method;
    head.target = target;
    return read_version(line.substr(target_end + 1), head.version_minor);
}

// A control that may not be in a field value or a reason phrase (RFC 9110 section 5.5). Bytes above
// 0x7f are obsolete but allowed: they are kept as they are.
bool is_bad_in_text(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

// RFC 9112 section 4: version SP three digits SP reason. The blank before an empty reason is
// missing from many servers.
Checked read_first_line(std::string_view line, ResponseHead& head) {
    if (auto version = read_version(line.substr(0, 8), head.version_minor); !version)
        return version;
    const auto rest = line.substr(8);
    const bool shape = rest.size() >= 4 && rest[0] == ' ' && is_digit(rest[1]) &&
                       is_digit(rest[2]) && is_digit(rest[3]) &&
                       (rest.size() == 4 || rest[4] == ' ');
    if (!shape) return kMalformed;
    head.status = (rest[1] - '0') * 100 + (rest[2] - '0') * 10 + (rest[3] - '0');
    // RFC 9110 section 15: there is nothing above 599, but a client takes it for a 5xx.
    if (head.status < 100) return kMalformed;
    const auto reason = rest.substr(std::min<std::size_t>(5, rest.size()));
    if (std::ranges::any_of(reason, is_bad_in_text)) return kMalformed;
    head.reason = reason;
    return {};
}

// RFC 9112 section 5.2: whether the line goes on with the field before it (obs-fold). Old servers
// send such responses, and a client has to read them.
bool continues_field(std::string_view line, const ResponseHead& head) {
    return !head.fields.empty() && (line.front() == ' ' || line.front() == '\t');
}
bool continues_field(std::string_view /*line*/, const RequestHead& /*head*/) { return false; }

Checked continue_field(std::string_view line, FieldList& fields) {
    const auto text = trim_blanks(line);
    if (std::ranges::any_of(text, is_bad_in_text)) return kMalformed;
    fields.continue_last(text);
    return {};
}

// RFC 9112 section 5.1: no blank before the colon. So a line of a request that begins with a blank
// is refused too: a blank is no token.
Checked read_field(std::string_view line, FieldList& fields) {
    const auto colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon))) return kMalformed;
    const auto value = trim_blanks(line.substr(colon + 1));
    if (std::ranges::any_of(value, is_bad_in_text)) return kMalformed;
    fields.add(std::string(line.substr(0, colon)), std::string(value));
    return {};
}

}  // namespace

int http_status_for(HeadError error) {
    switch (error) {
        case HeadError::malformed: return 400;
        case HeadError::target_too_long: return 414;
        case HeadError::line_too_long:
        case HeadError::too_large:
        case HeadError::too_many_fields: return 431;
        case HeadError::version_unsupported: return 505;
    }
    std::unreachable();
}

template <typename Head>
HeadReader<Head>::HeadReader(HeadLimits limits) : limits_(limits) {
    // Room for the end of a line, also when the largest number stands for "no limit".
    constexpr std::size_t kLongest = std::numeric_limits<std::size_t>::max() - kLineEnd.size();
    limits_.line_bytes = std::min(limits_.line_bytes, kLongest);
}

template <typename Head>
HeadError HeadReader<Head>::fail(HeadError error) {
    part_ = Part::failed;
    error_ = error;
    return error;
}

template <typename Head>
HeadError HeadReader<Head>::line_error() const {
    const bool in_request_line = std::same_as<Head, RequestHead> && part_ == Part::first_line;
    return in_request_line ? HeadError::target_too_long : HeadError::line_too_long;
}

template <typename Head>
std::expected<typename HeadReader<Head>::Progress, HeadError> HeadReader<Head>::receive(
    Bytes bytes) {
    TAUTLINE_ASSERT(part_ != Part::complete);
    if (part_ == Part::failed) return std::unexpected(error_);
    std::string_view rest = as_text(bytes);
    while (part_ != Part::complete && !rest.empty()) {
        if (const auto taken = take_piece(rest); !taken) {
            return std::unexpected(fail(taken.error()));
        }
    }
    Progress progress{.taken = bytes.size() - rest.size(), .head = std::nullopt};
    if (part_ == Part::complete) {
        progress.head = std::exchange(head_, {});
        std::string().swap(line_);  // a reader may live as long as its connection
    }
    return progress;
}

// Takes up to the end of the line, and never past the first byte that crosses a limit: later bytes
// are not read. A line may be two bytes over its limit, for those may be its end.
template <typename Head>
std::expected<void, HeadError> HeadReader<Head>::take_piece(std::string_view& rest) {
    if (head_bytes_ == limits_.head_bytes) return std::unexpected(HeadError::too_large);
    const bool begins_head = part_ == Part::first_line && line_.empty();
    if (begins_head && !may_begin(head_, rest.front())) return kMalformed;

    const std::size_t line_room = limits_.line_bytes + kLineEnd.size() - line_.size();
    const auto window = rest.substr(0, std::min(line_room, limits_.head_bytes - head_bytes_));
    const auto line_feed = window.find('\n');
    const bool ends_line = line_feed != window.npos;
    const auto piece = ends_line ? window.substr(0, line_feed + 1) : window;
    rest.remove_prefix(piece.size());
    head_bytes_ += piece.size();

    const bool whole = ends_line && line_.empty();
    if (!whole) line_.append(piece);
    const std::string_view line = whole ? piece : line_;
    if (without_line_end(line).size() > limits_.line_bytes) return std::unexpected(line_error());
    if (!ends_line) return {};
    const auto finished = finish_line(line);
    line_.clear();
    return finished;
}

template <typename Head>
std::expected<void, HeadError> HeadReader<Head>::finish_line(std::string_view line) {
    // RFC 9112 section 2.2 allows a bare LF. It is refused here, as it helps request smuggling.
    if (!line.ends_with(kLineEnd)) return kMalformed;
    line.remove_suffix(kLineEnd.size());
    if (part_ == Part::first_line) {
        // RFC 9112 section 2.2: one empty line before a request is ignored.
        if (line.empty()) {
            return std::exchange(skipped_empty_line_, true) ? Checked(kMalformed) : Checked();
        }
        part_ = Part::fields;
        return read_first_line(line, head_);
    }
    if (line.empty()) {
        part_ = Part::complete;
        return {};
    }
    if (continues_field(line, head_)) return continue_field(line, head_.fields);
    if (head_.fields.size() == limits_.fields) return std::unexpected(HeadError::too_many_fields);
    return read_field(line, head_.fields);
}

template class HeadReader<RequestHead>;
template class HeadReader<ResponseHead>;

}  // namespace tautline::http
