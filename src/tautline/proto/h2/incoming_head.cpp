// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/incoming_head.hpp>

#include <charconv>
#include <utility>

#include <tautline/base/ascii.hpp>

namespace tautline::h2 {

namespace {

// RFC 9113 section 10.5.1: what a field counts beside its name and value.
constexpr std::size_t kFieldBytes = 32;
// A few bytes of HPACK may stand for megabytes: more than this many times the limit is an attack,
// not a mistake.
constexpr std::size_t kHopeless = 4;

}  // namespace

bool IncomingHead::add(std::string_view name, std::string_view value) {
    const std::size_t line = name.size() + value.size();
    bytes_ += line + kFieldBytes;
    ++count_;
    const bool over =
        bytes_ > limits_.head_bytes || line > limits_.line_bytes || count_ > limits_.fields;
    if (over) too_large_ = true;
    if (too_large_) return bytes_ / kHopeless <= limits_.head_bytes;
    if (name.starts_with(':')) {
        add_pseudo(name, value);
    } else {
        add_field(name, value);
    }
    return true;
}

IncomingHead::Verdict IncomingHead::verdict() const {
    if (too_large_) return Verdict::too_large;
    // RFC 9113 section 8.3.1: the path begins with a slash, but for "OPTIONS *".
    const std::string& target = request_.head.target;
    const bool asterisk = target == "*" && request_.head.method == "OPTIONS";
    const bool good_target = status_ != 0 || is_tunnel() || target.starts_with('/') || asterisk;
    return malformed_ || !good_target ? Verdict::malformed : Verdict::fine;
}

// A CONNECT that is not an extended one has no path.
bool IncomingHead::is_tunnel() const {
    return request_.head.method == "CONNECT" && request_.protocol.empty();
}

void IncomingHead::add_pseudo(std::string_view name, std::string_view value) {
    if (name == ":method") request_.head.method = value;
    if (name == ":scheme") request_.scheme = value;
    if (name == ":authority") request_.authority = value;
    if (name == ":path") request_.head.target = value;
    if (name == ":protocol") request_.protocol = value;
    if (name == ":status") std::from_chars(value.data(), value.data() + value.size(), status_);
}

void IncomingHead::add_field(std::string_view name, std::string_view value) {
    // RFC 9113 section 8.2.3: crumbs are joined before they leave HTTP/2.
    if (name == "cookie") {
        if (!cookie_.empty()) cookie_ += "; ";
        cookie_ += value;
        return;
    }
    // RFC 9113 section 8.3.1: a Host that names something else makes the request malformed.
    if (name == "host" && !request_.authority.empty()) {
        if (!equal_ignoring_case(value, request_.authority)) malformed_ = true;
        return;
    }
    request_.head.fields.add(std::string(name), std::string(value));
}

std::unique_ptr<Request> IncomingHead::take_request() {
    http::FieldList& fields = request_.head.fields;
    if (!request_.authority.empty()) {
        fields.set("host", request_.authority);
    } else if (const auto host = fields.find("host")) {
        request_.authority = *host;
    }
    if (!cookie_.empty()) fields.add("cookie", std::move(cookie_));
    if (is_tunnel()) request_.head.target = request_.authority;
    request_.head.version_major = 2;
    return std::make_unique<Request>(std::move(request_));
}

std::unique_ptr<http::ResponseHead> IncomingHead::take_response() {
    auto head = std::make_unique<http::ResponseHead>();
    head->status = status_;
    head->version_major = 2;
    head->fields = std::move(request_.head.fields);
    return head;
}

}  // namespace tautline::h2
