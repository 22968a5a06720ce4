// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/connect_tunnel.hpp>

#include <memory>
#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/proto/http/basic_auth.hpp>
#include <tautline/proto/http/head_writer.hpp>

namespace tautline::proxy {

namespace {

constexpr int kMaxAttempts = 3;
constexpr http::HeadLimits kHeadLimits{
    .head_bytes = 8 * 1024, .line_bytes = 8 * 1024, .fields = 100};

// RFC 9112 section 9.3. An HTTP/1.0 proxy may keep the connection too, but few of them do.
bool keeps_connection(const http::ResponseHead& head) {
    return head.version_minor == 1 && !head.fields.has_token("Connection", "close") &&
           !head.fields.has_token("Proxy-Connection", "close");
}

std::string status_text(int status) {
    const auto phrase = http::reason_phrase_for(status);
    return std::to_string(status) + (phrase.empty() ? "" : " ") + std::string(phrase);
}

}  // namespace

ConnectTunnel::ConnectTunnel(Target target, const std::optional<Credentials>& credentials,
                             std::string user_agent)
    : target_(std::move(target)), user_agent_(std::move(user_agent)), reader_(kHeadLimits) {
    if (!target_.valid()) {
        fail(ProxyError::target_invalid);
    } else if (credentials) {
        take_credentials(*credentials);
    }
    if (state_ == State::reading) reconnected();
}

std::string ConnectTunnel::take_request() { return std::exchange(request_, {}); }

void ConnectTunnel::receive(Bytes bytes) {
    while (state_ == State::reading && !bytes.empty()) {
        bytes = bytes.subspan(body_ ? take_body(bytes) : take_head(bytes));
    }
    if (state_ == State::open) rest_.append(bytes);
    // Nothing may come between a response and the next request.
    if (state_ == State::asking && !bytes.empty()) kept_open_ = false;
}

void ConnectTunnel::end_stream() {
    kept_open_ = false;
    if (state_ != State::reading) return;
    if (body_) {
        finish_body();
    } else if (reused_ && reader_.untouched()) {
        // RFC 9112 section 9.3.1: a connection that was kept may close just as it is used again.
        state_ = State::reconnecting;
    } else {
        fail(ProxyError::closed_early);
    }
}

void ConnectTunnel::give_credentials(const Credentials& credentials) {
    TAUTLINE_ASSERT(state_ == State::asking);
    ++attempts_;
    take_credentials(credentials);
    if (state_ == State::failed) return;
    state_ = State::reconnecting;
    if (!kept_open_) return;
    reconnected();
    reused_ = true;
}

void ConnectTunnel::give_up() {
    TAUTLINE_ASSERT(state_ == State::asking);
    fail(authorization_.empty() ? ProxyError::authentication_required
                                : ProxyError::credentials_rejected);
}

void ConnectTunnel::reconnected() {
    TAUTLINE_ASSERT(state_ == State::reconnecting || state_ == State::reading);
    reader_ = http::ResponseReader(kHeadLimits);
    interim_ = 0;
    reused_ = false;
    body_.reset();
    refusal_ = {};
    state_ = State::reading;
    if (!write_request()) fail(ProxyError::target_invalid);
}

bool ConnectTunnel::write_request() {
    // RFC 9110 section 9.3.6: the target is host and port, and the port is never left out.
    http::RequestHead head{
        .method = "CONNECT", .target = target_.authority(), .version_minor = 1, .fields = {}};
    head.fields.add("Host", target_.authority());
    if (!user_agent_.empty()) head.fields.add("User-Agent", user_agent_);
    if (!authorization_.empty()) head.fields.add("Proxy-Authorization", authorization_);
    auto written = http::write_head(head);
    if (!written) return false;
    request_ = *std::move(written);
    return true;
}

void ConnectTunnel::take_credentials(const Credentials& credentials) {
    if (!http::fit_basic(credentials.user, credentials.password)) {
        return fail(ProxyError::credentials_invalid);
    }
    authorization_ = http::basic_credentials(credentials.user, credentials.password);
}

std::size_t ConnectTunnel::take_head(Bytes bytes) {
    auto progress = reader_.receive(bytes);
    if (!progress) {
        const bool malformed = progress.error() == http::HeadError::malformed ||
                               progress.error() == http::HeadError::version_unsupported;
        fail(malformed ? ProxyError::response_malformed : ProxyError::response_too_large);
        return bytes.size();
    }
    if (progress->head) accept_head(*progress->head);
    return progress->taken;
}

void ConnectTunnel::accept_head(const http::ResponseHead& head) {
    if (head.is_interim()) {
        reader_ = http::ResponseReader(kHeadLimits);
        if (++interim_ > http::kMaxInterimResponses) fail(ProxyError::response_malformed);
    } else if (head.status >= 200 && head.status < 300) {
        // RFC 9110 section 9.3.6: any 2xx, and it has no body whatever its fields say.
        state_ = State::open;
    } else {
        accept_refusal(head);
    }
}

void ConnectTunnel::accept_refusal(const http::ResponseHead& head) {
    refusal_error_ = ProxyError::refused;
    if (head.status == 407 && wants_credentials(head)) refusal_error_.reset();
    refusal_ = Refusal{.status = head.status,
                       .reason = head.reason,
                       .headers = {head.fields.begin(), head.fields.end()},
                       .body = {}};
    body_.emplace(head);
    kept_open_ = keeps_connection(head) && !body_->until_end_of_stream();
    // On a connection that is not used again, do not wait for the rest of the body.
    const bool asks_at_once = !refusal_error_ && !kept_open_;
    if (asks_at_once || body_->state() != http::BodyReader::State::reading) finish_body();
}

// Whether to ask for credentials; otherwise `refusal_error_` says why not.
bool ConnectTunnel::wants_credentials(const http::ResponseHead& head) {
    auto challenges = http::read_challenges(head.fields.combined("Proxy-Authenticate"));
    challenges_ = std::move(challenges).value_or(std::vector<http::Challenge>());
    if (!http::find_challenge(challenges_, "Basic")) {
        refusal_error_ = ProxyError::authentication_unsupported;
    } else if (attempts_ >= kMaxAttempts) {
        refusal_error_ = ProxyError::credentials_rejected;
    } else {
        return true;
    }
    return false;
}

std::size_t ConnectTunnel::take_body(Bytes bytes) {
    const std::size_t taken = body_->receive(bytes);
    const bool enough = refusal_error_ && body_->kept_full();
    if (enough || body_->state() != http::BodyReader::State::reading) finish_body();
    return taken;
}

void ConnectTunnel::finish_body() {
    if (body_->state() != http::BodyReader::State::complete) kept_open_ = false;
    refusal_.body = body_->kept();
    if (!refusal_error_) {
        state_ = State::asking;
    } else if (*refusal_error_ == ProxyError::refused) {
        fail(ProxyError::refused, "the proxy answered " + status_text(refusal_.status) +
                                      " to CONNECT " + target_.authority());
    } else {
        fail(*refusal_error_);
    }
}

void ConnectTunnel::fail(ProxyError code, std::string message) {
    request_.clear();
    error_ =
        Error{.code = code,
              .phase = Phase::proxy,
              .message = message.empty() ? std::string(message_for(code)) : std::move(message)};
    if (refusal_.status != 0) error_.refusal = std::make_shared<const Refusal>(std::move(refusal_));
    state_ = State::failed;
}

}  // namespace tautline::proxy
