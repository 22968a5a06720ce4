// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/socks5.hpp>

#include <algorithm>
#include <utility>

#include <tautline/base/ip_address.hpp>

namespace tautline::proxy {

namespace {

constexpr char kVersion = 5;
constexpr std::size_t kMaxBytes = 255;

// RFC 1928 section 3.
constexpr unsigned kNoAuthentication = 0x00;
constexpr unsigned kUserAndPassword = 0x02;
constexpr unsigned kNoneAcceptable = 0xff;

// RFC 1928 section 5.
constexpr char kTypeIpv4 = 1;
constexpr char kTypeName = 3;
constexpr char kTypeIpv6 = 4;

// RFC 1929 section 2: the counts are bytes. Empty ones are left to the proxy to refuse.
bool fits_socks5(const Credentials& credentials) {
    return credentials.user.size() <= kMaxBytes && credentials.password.size() <= kMaxBytes;
}

void append_counted(std::string& out, std::string_view text) {
    out += static_cast<char>(text.size());
    out += text;
}

// RFC 1928 section 6.
ProxyError error_for_reply(unsigned reply) {
    switch (reply) {
        case 1: return ProxyError::general_failure;
        case 2: return ProxyError::not_allowed;
        case 3: return ProxyError::network_unreachable;
        case 4: return ProxyError::host_unreachable;
        case 5: return ProxyError::connection_refused;
        case 6: return ProxyError::ttl_expired;
        case 7: return ProxyError::command_unsupported;
        case 8: return ProxyError::address_type_unsupported;
        default: return ProxyError::reply_unknown;
    }
}

}  // namespace

Socks5::Socks5(Target target, std::optional<Credentials> credentials)
    : target_(std::move(target)), credentials_(std::move(credentials)) {
    if (!target_.valid() || target_.host.size() > kMaxBytes) {
        fail(ProxyError::target_invalid);
    } else if (credentials_ && !fits_socks5(*credentials_)) {
        fail(ProxyError::credentials_invalid);
    } else {
        request_ = {kVersion, static_cast<char>(credentials_ ? 2 : 1), kNoAuthentication};
        if (credentials_) request_ += static_cast<char>(kUserAndPassword);
    }
}

std::string Socks5::take_request() { return std::exchange(request_, {}); }

void Socks5::receive(Bytes bytes) {
    while (state_ == State::reading && !bytes.empty()) {
        const std::size_t count = std::min(needed() - input_.size(), bytes.size());
        input_ += as_text(bytes.first(count));
        bytes = bytes.subspan(count);
        check_input();
    }
    if (state_ == State::open) rest_.append(bytes);
}

void Socks5::end_stream() {
    if (state_ == State::reading) fail(ProxyError::closed_early);
}

unsigned Socks5::byte_at(std::size_t at) const { return static_cast<unsigned char>(input_[at]); }

// How many bytes of the answer the next decision needs: an answer may fail before it is complete,
// and its first bytes say how long it is.
std::size_t Socks5::needed() const {
    if (input_.empty()) return 1;
    if (step_ != Step::reply || input_.size() < 2) return 2;
    if (input_.size() < 4) return 4;
    switch (byte_at(3)) {
        case kTypeIpv4: return 10;
        case kTypeIpv6: return 22;
        // A count, the name, the port.
        default: return input_.size() < 5 ? 5 : 7 + byte_at(4);
    }
}

void Socks5::check_input() {
    // RFC 1929 has a version of its own here, which some proxies get wrong: the status decides.
    if (step_ != Step::status && byte_at(0) != kVersion) {
        return fail(ProxyError::response_malformed);
    }
    if (step_ == Step::reply && input_.size() >= 2 && byte_at(1) != 0) {
        return fail(error_for_reply(byte_at(1)), "to " + target_.authority() + ": ");
    }
    if (step_ == Step::reply && input_.size() >= 4 && byte_at(3) != kTypeIpv4 &&
        byte_at(3) != kTypeIpv6 && byte_at(3) != kTypeName) {
        return fail(ProxyError::response_malformed);
    }
    if (input_.size() < needed()) return;
    switch (step_) {
        case Step::method: return accept_method();
        case Step::status: return accept_status();
        case Step::reply: state_ = State::open;
    }
}

void Socks5::accept_method() {
    const unsigned method = byte_at(1);
    input_.clear();
    if (method == kNoAuthentication) return write_target();
    if (method == kUserAndPassword && credentials_) return write_credentials();
    if (method != kNoneAcceptable) return fail(ProxyError::response_malformed);
    // RFC 1928 section 3: none of the methods offered will do.
    fail(credentials_ ? ProxyError::authentication_unsupported
                      : ProxyError::authentication_required);
}

void Socks5::accept_status() {
    const unsigned status = byte_at(1);
    input_.clear();
    // RFC 1929 section 2: anything but 0 is a refusal.
    if (status != 0) return fail(ProxyError::credentials_rejected);
    write_target();
}

void Socks5::write_credentials() {
    step_ = Step::status;
    request_ += '\x01';
    append_counted(request_, credentials_->user);
    append_counted(request_, credentials_->password);
}

void Socks5::write_target() {
    step_ = Step::reply;
    request_ += {kVersion, '\x01', '\x00'};
    const auto address = IpAddress::parse(target_.host);
    if (!address) {
        request_ += kTypeName;
        append_counted(request_, target_.host);
    } else {
        const Bytes bytes = std::as_bytes(std::span(address->mapped()));
        request_ += address->is_v6() ? kTypeIpv6 : kTypeIpv4;
        request_ += as_text(address->is_v6() ? bytes : bytes.last(4));
    }
    request_ += static_cast<char>(target_.port >> 8);
    request_ += static_cast<char>(target_.port & 0xff);
}

void Socks5::fail(ProxyError code, std::string whither) {
    request_.clear();
    error_ = Error{.code = code,
                   .phase = Phase::proxy,
                   .message = std::move(whither.append(message_for(code)))};
    state_ = State::failed;
}

}  // namespace tautline::proxy
