// SPDX-License-Identifier: MIT
#include <tautline/io/warm_set.hpp>

#include <limits>
#include <utility>

#include <tautline/base/assert.hpp>

namespace tautline::io {

WarmNode::~WarmNode() {
    if (set_) set_->remove(*this);
}

WarmSet::WarmSet(TimerWheel& timers, std::move_only_function<Instant() const> clock)
    : timers_(timers), clock_(std::move(clock)) {}

WarmSet::~WarmSet() { clear(); }

void WarmSet::add(WarmNode& node) {
    static_assert(kNodes - 1 <= std::numeric_limits<decltype(node.place_)>::max());
    if (size_ == kNodes) return;
    node.set_ = this;
    node.place_ = static_cast<std::uint8_t>(size_);
    nodes_[size_++] = &node;
    if (size_ == 1) timers_.schedule(*this, clock_() + kIdleTime);
}

// The last one takes the place that becomes free.
void WarmSet::remove(WarmNode& node) {
    if (!node.set_) return;
    TAUTLINE_ASSERT(node.set_ == this);
    WarmNode& last = *nodes_[--size_];
    last.place_ = node.place_;
    nodes_[node.place_] = &last;
    node.set_ = nullptr;
    if (size_ == 0) timers_.cancel(*this);
}

void WarmSet::clear() {
    while (size_ > 0) remove(*nodes_[size_ - 1]);
}

// From the back: whoever takes a place that becomes free was looked at already.
void WarmSet::on_timer(Instant now) {
    for (std::size_t i = size_; i-- > 0;) {
        WarmNode& node = *nodes_[i];
        if (std::exchange(node.used_, false)) continue;
        remove(node);
        node.on_idle();
    }
    if (size_ > 0) timers_.schedule(*this, now + kIdleTime);
}

}  // namespace tautline::io
