// SPDX-License-Identifier: MIT
#include <tautline/io/timer_wheel.hpp>

#include <algorithm>
#include <bit>
#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/io/at_exit.hpp>

namespace tautline::io {

namespace {

// As many ticks as six digits of base 64 can count.
constexpr std::uint64_t kLastTick = (std::uint64_t{1} << 36) - 1;

}  // namespace

TimerNode::~TimerNode() {
    if (wheel_) wheel_->cancel(*this);
}

TimerWheel::TimerWheel(Instant start, std::move_only_function<void()> on_change)
    : start_(start), on_change_(std::move(on_change)) {}

TimerWheel::~TimerWheel() {
    on_change_ = nullptr;
    clear();
}

void TimerWheel::schedule(TimerNode& node, Instant due) {
    TAUTLINE_ASSERT(!node.wheel_ || node.wheel_ == this);
    if (node.wheel_) unlink(node);
    node.due_ = due;
    const std::uint64_t tick = std::max(tick_not_before(due), elapsed_ + 1);
    const Position position = link(node, std::min(tick, kLastTick));
    if (!next_tick_ || position.tick < *next_tick_) {
        next_tick_ = position.tick;
        changed();
    }
}

void TimerWheel::cancel(TimerNode& node) {
    if (!node.wheel_) return;
    TAUTLINE_ASSERT(node.wheel_ == this);
    unlink(node);
    if (size_ > 0) return;
    next_tick_.reset();
    changed();
}

void TimerWheel::clear() {
    while (const auto position = next_position()) {
        cancel(*levels_[position->level].slots[position->slot].first);
    }
}

std::size_t TimerWheel::advance(Instant now, std::size_t limit) {
    TAUTLINE_ASSERT(!advancing_);
    advancing_ = true;
    const AtExit note_next([this] {
        advancing_ = false;
        const auto position = next_position();
        next_tick_ = position ? std::optional(position->tick) : std::nullopt;
    });
    const std::uint64_t target = std::max(tick_not_after(now), elapsed_);
    std::size_t called = 0;
    for (std::size_t handled = 0;; ++handled) {
        const auto position = next_position();
        if (!position || position->tick > target) break;
        elapsed_ = position->tick;
        if (handled == limit) return called;
        TimerNode& node = *levels_[position->level].slots[position->slot].first;
        unlink(node);
        if (const std::uint64_t tick = tick_not_before(node.due_); tick > elapsed_) {
            link(node, tick);
        } else {
            ++called;
            node.on_timer(now);
        }
    }
    elapsed_ = target;
    return called;
}

std::optional<Instant> TimerWheel::next_due() const {
    if (!next_tick_) return std::nullopt;
    return start_ + kTick * static_cast<Duration::rep>(*next_tick_);
}

std::uint64_t TimerWheel::tick_not_before(Instant due) const {
    if (due <= start_) return 0;
    const Duration since = due - start_;
    const auto whole = static_cast<std::uint64_t>(since / kTick);
    return std::min(since % kTick == Duration::zero() ? whole : whole + 1, kLastTick);
}

std::uint64_t TimerWheel::tick_not_after(Instant now) const {
    if (now <= start_) return 0;
    return std::min(static_cast<std::uint64_t>((now - start_) / kTick), kLastTick);
}

TimerWheel::Position TimerWheel::position_for(std::uint64_t tick) const {
    const auto different_bits = static_cast<std::size_t>(std::bit_width(tick ^ elapsed_));
    const std::size_t level = different_bits == 0 ? 0 : (different_bits - 1) / kBits;
    const std::uint64_t first = tick >> (level * kBits);
    return {.level = level, .slot = first % kSlots, .tick = first << (level * kBits)};
}

// A node in a wheel has all coarser digits in common with the present tick: it lies ahead of the
// present slot of that wheel and never wraps around. So the lowest bit is the next slot. When two
// wheels have one for the same tick the coarser goes first: its nodes may belong to that tick.
std::optional<TimerWheel::Position> TimerWheel::next_position() const {
    std::optional<Position> best;
    for (std::size_t level = kLevels; level-- > 0;) {
        const std::uint64_t occupied = levels_[level].occupied;
        if (occupied == 0) continue;
        const auto slot = static_cast<std::size_t>(std::countr_zero(occupied));
        const std::uint64_t coarser = (elapsed_ >> (level * kBits)) & ~std::uint64_t{kSlots - 1};
        const std::uint64_t tick = (coarser | slot) << (level * kBits);
        if (!best || tick < best->tick) best = Position{level, slot, tick};
    }
    return best;
}

TimerWheel::Slot& TimerWheel::slot_of(const TimerNode& node) {
    return levels_[node.level_].slots[node.slot_];
}

TimerWheel::Position TimerWheel::link(TimerNode& node, std::uint64_t tick) {
    const Position position = position_for(tick);
    node.wheel_ = this;
    node.level_ = static_cast<std::uint8_t>(position.level);
    node.slot_ = static_cast<std::uint8_t>(position.slot);
    Slot& slot = slot_of(node);
    node.previous_ = slot.last;
    node.next_ = nullptr;
    (slot.last ? slot.last->next_ : slot.first) = &node;
    slot.last = &node;
    levels_[position.level].occupied |= std::uint64_t{1} << position.slot;
    ++size_;
    return position;
}

void TimerWheel::unlink(TimerNode& node) {
    Slot& slot = slot_of(node);
    (node.previous_ ? node.previous_->next_ : slot.first) = node.next_;
    (node.next_ ? node.next_->previous_ : slot.last) = node.previous_;
    if (!slot.first) levels_[node.level_].occupied &= ~(std::uint64_t{1} << node.slot_);
    node.wheel_ = nullptr;
    --size_;
}

// No call during `advance`: its caller asks `next_due` afterwards.
void TimerWheel::changed() {
    if (!advancing_ && on_change_) on_change_();
}

}  // namespace tautline::io
