// SPDX-License-Identifier: MIT
#include <tautline/server/upgrade_state.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <tautline/proto/http/token_grammar.hpp>
#include <tautline/proto/websocket/extra_fields.hpp>

namespace tautline {

namespace {

constexpr std::string_view kSubprotocol = "Sec-WebSocket-Protocol";

std::optional<std::string> problem_with(http::FieldList fields) {
    const auto choice = fields.find(kSubprotocol);
    if (choice && !choice->empty() && !http::is_token(*choice)) {
        return "the Sec-WebSocket-Protocol of accept is not one subprotocol; it may have letters, "
               "digits and !#$%&'*+-.^_`|~ only, or be empty, for none";
    }
    fields.remove(kSubprotocol);  // is a choice, and is not sent as it is
    return websocket::problem_with(fields);
}

std::exception_ptr problem_with(const server::Verdict& verdict) {
    if (!verdict) return nullptr;
    const auto problem = problem_with(verdict->fields);
    return problem ? std::make_exception_ptr(std::invalid_argument(*problem)) : nullptr;
}

}  // namespace

void UpgradeRequest::State::attach(io::Loop& loop, OnVerdict on_verdict, OnThrown on_thrown) {
    const std::lock_guard lock(mutex_);
    loop_ = &loop;
    on_verdict_ = std::move(on_verdict);
    on_thrown_ = std::move(on_thrown);
}

void UpgradeRequest::State::detach() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
    on_verdict_ = nullptr;
    on_thrown_ = nullptr;
}

io::Loop* UpgradeRequest::State::loop() {
    const std::lock_guard lock(mutex_);
    return loop_;
}

// Uses the loop only under the mutex: it may be destroyed after `detach`.
void UpgradeRequest::State::decide(server::Verdict verdict) {
    const std::lock_guard lock(mutex_);
    io::Loop* const loop = std::exchange(loop_, nullptr);
    if (!loop) return;
    loop->post([self = shared_from_this(), verdict = std::move(verdict)]() mutable {
        self->tell(std::move(verdict));
    });
}

// The exception may have destroyed the request, which then has decided for itself.
void UpgradeRequest::State::threw(std::exception_ptr thrown) {
    {
        const std::lock_guard lock(mutex_);
        thrown_ = std::move(thrown);
    }
    decide({});
}

void UpgradeRequest::State::threw_at_once(const std::exception_ptr& thrown) {
    const auto on_thrown = [this] {
        const std::lock_guard lock(mutex_);
        return std::exchange(on_thrown_, nullptr);
    }();
    if (on_thrown) on_thrown(thrown);
    threw(thrown);
}

// The receiver may have left since the verdict was posted.
void UpgradeRequest::State::tell(server::Verdict verdict) {
    if (tell_failure(verdict)) {
        verdict = std::unexpected(websocket::reject(500, {}, "The server failed to decide.\n"));
    }
    const auto on_verdict = [this] {
        const std::lock_guard lock(mutex_);
        return std::exchange(on_verdict_, nullptr);
    }();
    if (on_verdict) on_verdict(std::move(verdict));
}

// Whether the application has failed to decide.
bool UpgradeRequest::State::tell_failure(const server::Verdict& verdict) {
    std::unique_lock lock(mutex_);
    const auto failure = thrown_ ? thrown_ : problem_with(verdict);
    const auto on_thrown = on_thrown_;
    lock.unlock();
    if (failure && on_thrown) on_thrown(failure);
    return failure != nullptr;
}

}  // namespace tautline
