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

/// Called when a descriptor is ready. Level-triggered: called again while it stays ready.
class ReadyHandler {
public:
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;
    /// The system refuses to watch the descriptor (too many are watched): no other call will
    /// follow.
    virtual void on_unwatchable(std::error_code error) = 0;

protected:
    ~ReadyHandler() = default;
};

/// What to report about a descriptor.
struct Interest {
    bool readable = false;
    bool writable = false;
    bool operator==(const Interest&) const = default;
    [[nodiscard]] bool any() const { return readable || writable; }
};

/// The sockets of one loop in one persistent, level-triggered epoll set whose own descriptor Asio
/// waits on: no `epoll_ctl` for every read, as `async_wait` on each socket would cost.
///
/// A descriptor may be removed, and its handler destroyed, inside any handler call; its other
/// events of the same batch are dropped. A ready descriptor gets one call for each direction in a
/// batch, however much there is to read; while many are ready a turn of Asio is several batches.
/// Errors and hang-ups are reported as readable, or as writable when only that is of interest: the
/// read or write then finds the error. A read may also find nothing: `on_readable` can be called
/// for what is over. While there are descriptors in the set the io_context has work.
/// Threads: the one that runs the io_context.
class ReadinessSet {
public:
    explicit ReadinessSet(asio::io_context& context);
    ~ReadinessSet();
    ReadinessSet(const ReadinessSet&) = delete;
    ReadinessSet& operator=(const ReadinessSet&) = delete;

    /// One descriptor in the set. Removes itself in its destructor; an entry that outlives the set
    /// does nothing. The descriptor must stay open as long as the entry lives.
    class Entry {
    public:
        Entry() = default;
        Entry(Entry&& other) noexcept;
        Entry& operator=(Entry&& other) noexcept;
        ~Entry();

        /// Nothing is of interest at first. Costs a system call only when it changes something.
        void set_interest(Interest interest);
        /// Removes the descriptor now.
        void remove();
        [[nodiscard]] explicit operator bool() const { return set_ != nullptr; }

    private:
        friend class ReadinessSet;
        Entry(ReadinessSet& set, std::uint32_t index);

        ReadinessSet* set_ = nullptr;
        std::uint32_t index_ = 0;
    };

    /// Adds the open descriptor `fd`, which stays with its owner. It can be in the set only once.
    [[nodiscard]] Entry add(int fd, ReadyHandler& handler);

    /// When the batch that is being dispatched began: the clock is read once for all of it.
    /// std::nullopt outside of a batch.
    [[nodiscard]] std::optional<Instant> batch_time() const { return batch_time_; }

    /// Forgets all descriptors: for the end of the loop.
    void shut_down();

private:
    struct Slot;
    struct Unwatchable {
        std::uint64_t key;
        std::error_code error;
    };

    void set_interest(std::uint32_t index, Interest interest);
    void remove(std::uint32_t index);
    void wait();
    void dispatch();
    [[nodiscard]] int dispatch_batch();
    void tell(std::uint64_t key, std::uint32_t events);
    void fetch(std::uint64_t key);
    void give_up(std::uint32_t index, std::error_code error);
    void tell_unwatchable();
    [[nodiscard]] Slot* find(std::uint64_t key);
    [[nodiscard]] Slot* lone_reader();
    [[nodiscard]] std::uint64_t key_for(std::uint32_t index) const;
    [[nodiscard]] bool empty() const;

    asio::posix::stream_descriptor descriptor_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<Unwatchable> unwatchable_;
    std::optional<Instant> batch_time_;
    std::size_t watched_ = 0;         // slots with any interest
    std::uint64_t watched_keys_ = 0;  // their keys, combined by exclusive or
    bool waiting_ = false;
};

}  // namespace tautline::io
