// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <tautline/base/time.hpp>

namespace tautline::io {

class ReadinessSet;

/// What to report about a descriptor.
struct Interest {
    bool readable : 1 = false;
    bool writable : 1 = false;
    bool operator==(const Interest&) const = default;
    [[nodiscard]] bool any() const { return readable || writable; }
};

/// One descriptor, and who is called when it is ready. Derive from it, and add it to a
/// `ReadinessSet`.
///
/// Lifetime: the destructor takes it out of its set; a derived class that closes the descriptor
/// calls `leave_set` first. One that outlives its set does nothing.
class ReadyNode {
public:
    ReadyNode(const ReadyNode&) = delete;
    ReadyNode& operator=(const ReadyNode&) = delete;

    /// Level-triggered: called again while it stays ready.
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;
    /// The system refuses to watch the descriptor (too many are watched): no other call will
    /// follow.
    virtual void on_unwatchable(std::error_code error) = 0;

    /// Nothing is of interest at first. Costs a system call only when it changes something.
    void set_interest(Interest interest);
    /// Leaves the set now.
    void leave_set();
    [[nodiscard]] bool in_set() const { return set_ != nullptr; }
    /// The one that was added; -1 before, and after `leave_set`.
    [[nodiscard]] int descriptor() const { return fd_; }

protected:
    ReadyNode() = default;
    virtual ~ReadyNode() { leave_set(); }

private:
    friend class ReadinessSet;
    ReadinessSet* set_ = nullptr;
    std::uint32_t index_ = 0;  // of its place in the set
    int fd_ = -1;
    std::uint16_t serial_ = 0;  // tells it from who had that place before
    Interest interest_;
};

/// The sockets of one loop in one persistent, level-triggered epoll set whose own descriptor Asio
/// waits on: no `epoll_ctl` for every read, as `async_wait` on each socket would cost.
///
/// A node may leave, and be destroyed, inside any call of a node; its other events of the same
/// batch are dropped. A ready descriptor gets one call for each direction in a batch, however much
/// there is to read; while many are ready a turn of Asio is several batches. Errors and hang-ups
/// are reported as readable, or as writable when only that is of interest: the read or write then
/// finds the error. A read may also find nothing: `on_readable` can be called for what is over.
/// While there are descriptors in the set the io_context has work.
/// Threads: the one that runs the io_context.
class ReadinessSet {
public:
    explicit ReadinessSet(asio::io_context& context);
    ~ReadinessSet();
    ReadinessSet(const ReadinessSet&) = delete;
    ReadinessSet& operator=(const ReadinessSet&) = delete;

    /// Adds a node, which is in no set, for the open descriptor `fd`. That stays with its owner, is
    /// open as long as the node is in the set, and can be in it only once.
    void add(ReadyNode& node, int fd);

    /// When the batch that is being dispatched began: the clock is read once for all of it.
    /// std::nullopt outside of a batch.
    [[nodiscard]] std::optional<Instant> batch_time() const { return batch_time_; }

    /// Forgets all descriptors: for the end of the loop.
    void shut_down();

private:
    friend class ReadyNode;
    struct Unwatchable {
        std::uint64_t key;
        std::error_code error;
    };

    void set_interest(ReadyNode& node, Interest interest);
    void remove(ReadyNode& node);
    void wait();
    void dispatch();
    [[nodiscard]] int dispatch_batch();
    void tell(std::uint64_t key, std::uint32_t events);
    void fetch(std::uint64_t key);
    void give_up(ReadyNode& node, std::error_code error);
    void tell_unwatchable();
    [[nodiscard]] ReadyNode* find(std::uint64_t key) const;
    [[nodiscard]] ReadyNode* lone_reader() const;
    [[nodiscard]] static std::uint64_t key_for(const ReadyNode& node);
    [[nodiscard]] bool empty() const;

    asio::posix::stream_descriptor descriptor_;
    std::vector<ReadyNode*> nodes_;    // Null where a place is free.
    std::vector<std::uint32_t> free_;  // places
    std::uint16_t last_serial_ = 0;
    std::vector<Unwatchable> unwatchable_;
    std::optional<Instant> batch_time_;
    std::size_t watched_ = 0;         // nodes with any interest
    std::uint64_t watched_keys_ = 0;  // their keys, combined by exclusive or
    bool waiting_ = false;
};

}  // namespace tautline::io
