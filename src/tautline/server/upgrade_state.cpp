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

// Uses the loop only under the mutex: it may be destroyed after `detach`.
void UpgradeRequest::State::decide(server::Verdict verdict) {
    const std::lock_guard lock(mutex_);
    io::Loop* const loop = std::exchange(loop_, nullptr);
    if (!loop) return;
    loop->post([tell = std::exchange(on_verdict_, nullptr),
                verdict = std::move(verdict)]() mutable { tell(std::move(verdict)); });
}

}  // namespace tautline
