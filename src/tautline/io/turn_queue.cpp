// SPDX-License-Identifier: MIT
#include <tautline/io/turn_queue.hpp>

#include <utility>

#include <tautline/io/at_exit.hpp>

namespace tautline::io {

TurnNode::~TurnNode() {
    if (queue_) queue_->remove(*this);
}

TurnQueue::TurnQueue(std::move_only_function<void()> ask_for_run)
    : ask_for_run_(std::move(ask_for_run)) {}

TurnQueue::~TurnQueue() { clear(); }

void TurnQueue::add(TurnNode& node) {
    if (node.queue_) return;
    node.queue_ = this;
    node.previous_ = last_;
    node.next_ = nullptr;
    (last_ ? last_->next_ : first_) = &node;
    last_ = &node;
    ask();
}

void TurnQueue::remove(TurnNode& node) {
    if (!node.queue_) return;
    (node.previous_ ? node.previous_->next_ : first_) = node.next_;
    (node.next_ ? node.next_->previous_ : last_) = node.previous_;
    if (stop_ == &node) stop_ = node.previous_;
    node.queue_ = nullptr;
}

void TurnQueue::clear() {
    while (first_) remove(*first_);
}

void TurnQueue::run() {
    asked_ = false;
    stop_ = last_;
    const AtExit ask_again([this] {
        stop_ = nullptr;
        if (first_) ask();
    });
    // A node that is called is the first one: when it is also the last of this turn, taking it out
    // leaves `stop_` empty.
    while (stop_) {
        TurnNode& node = *first_;
        remove(node);
        node.on_turn();
    }
}

void TurnQueue::ask() {
    if (!std::exchange(asked_, true)) ask_for_run_();
}

}  // namespace tautline::io
