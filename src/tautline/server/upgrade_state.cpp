// SPDX-License-Identifier: MIT
#include <tautline/server/upgrade_state.hpp>

namespace tautline {

void UpgradeRequest::State::attach(io::Loop& loop,
                                   std::function<void(server::Verdict)> on_verdict) {
    const std::lock_guard lock(mutex_);
    loop_ = &loop;
    on_verdict_ = std::move(on_verdict);
}

void UpgradeRequest::State::detach() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
    on_verdict_ = nullptr;
}

io::Loop* UpgradeRequest::State::loop() {
    const std::lock_guard lock(mutex_);
    return loop_;
}

bool UpgradeRequest::State::awaited() {
    const std::lock_guard lock(mutex_);
    return on_verdict_ != nullptr;
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

// The receiver may have left since the verdict was posted.
void UpgradeRequest::State::tell(server::Verdict verdict) {
    const auto on_verdict = [this] {
        const std::lock_guard lock(mutex_);
        return std::exchange(on_verdict_, nullptr);
    }();
    if (on_verdict) on_verdict(std::move(verdict));
}

}  // namespace tautline
