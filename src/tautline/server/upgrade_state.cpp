// SPDX-License-Identifier: MIT
#include <tautline/server/upgrade_state.hpp>

#include <stdexcept>

#include <tautline/proto/websocket/extra_fields.hpp>

namespace tautline {

namespace {

std::exception_ptr problem_with(const server::Verdict& verdict) {
    if (!verdict) return nullptr;
    auto fields = verdict->fields;
    fields.remove("Sec-WebSocket-Protocol");  // is a choice, and is not sent as it is
    const auto problem = websocket::problem_with(fields);
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
