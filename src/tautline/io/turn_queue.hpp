// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

namespace tautline::io {

class TurnQueue;

/// An object that waits for one call from the loop, outside of the present call stack.
///
/// Lifetime: the destructor takes it out of its queue.
class TurnNode {
public:
    TurnNode(const TurnNode&) = delete;
    TurnNode& operator=(const TurnNode&) = delete;

    /// Called once for each time that it was queued. It may be queued again or destroyed in here.
    virtual void on_turn() = 0;

protected:
    TurnNode() = default;
    virtual ~TurnNode();

private:
    friend class TurnQueue;
    TurnQueue* queue_ = nullptr;  // Null when not queued.
    TurnNode* previous_ = nullptr;
    TurnNode* next_ = nullptr;
};

/// Nodes waiting for the next turn of the loop, in order. No allocation.
///
/// Threads: one at a time.
class TurnQueue {
public:
    /// `ask_for_run` is called, once before each `run`, when something waits.
    explicit TurnQueue(std::move_only_function<void()> ask_for_run);
    ~TurnQueue();
    TurnQueue(const TurnQueue&) = delete;
    TurnQueue& operator=(const TurnQueue&) = delete;

    /// Queues `node`. Nothing happens when it waits already.
    void add(TurnNode& node);
    void remove(TurnNode& node);
    /// Drops all nodes without calling them.
    void clear();
    /// Calls the nodes that wait now. Those that are added meanwhile wait for the next `run`.
    void run();

private:
    void ask();

    std::move_only_function<void()> ask_for_run_;
    TurnNode* first_ = nullptr;
    TurnNode* last_ = nullptr;
    TurnNode* stop_ = nullptr;  // While running: the last one of this turn.
    bool asked_ = false;
};

}  // namespace tautline::io
