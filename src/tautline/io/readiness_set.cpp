// SPDX-License-Identifier: MIT
#include <tautline/io/readiness_set.hpp>

#ifndef __linux__
#error "The readiness set needs epoll: another system needs its own readiness_set.cpp."
#endif

#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <sys/epoll.h>
#include <unistd.h>

#include <tautline/base/assert.hpp>
#include <tautline/io/at_exit.hpp>
#include <tautline/io/clock.hpp>

namespace tautline::io {

namespace {

constexpr int kBatch = 256;
// With this many busy sockets the next batch is ready before Asio could report it, and asking Asio
// costs two system calls. Asio gets its turn after `kCallsPerTurn` calls.
constexpr int kManyReady = 8;
constexpr int kCallsPerTurn = 256;

std::uint32_t events_for(Interest interest) {
    std::uint32_t events = 0;
    if (interest.readable) events |= EPOLLIN;
    if (interest.writable) events |= EPOLLOUT;
    return events;
}

}  // namespace

// A descriptor, or a free place for one. An event names its slot by index and generation: an event
// for a descriptor that is gone does not fit the one that took its place.
struct ReadinessSet::Slot {
    Entry* entry = nullptr;  // Null when free.
    ReadyHandler* handler = nullptr;
    int fd = -1;
    std::uint16_t generation = 0;  // wraps around, but not within one batch of events
    Interest interest;
};

ReadinessSet::ReadinessSet(asio::io_context& context) : descriptor_(context) {
    // Without a descriptor every `set_interest` fails, and its handler is called about that.
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) return;
    asio::error_code error;
    descriptor_.assign(fd, error);
    if (error) ::close(fd);
}

ReadinessSet::~ReadinessSet() { shut_down(); }

ReadinessSet::Entry ReadinessSet::add(int fd, ReadyHandler& handler) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    slots_[index].handler = &handler;
    slots_[index].fd = fd;
    wait();
    return {*this, index};
}

void ReadinessSet::shut_down() {
    for (Slot& slot : slots_) {
        if (slot.entry) slot.entry->set_ = nullptr;
    }
    slots_.clear();
    watched_ = 0;
    watched_keys_ = 0;
    free_.clear();
    unwatchable_.clear();
    asio::error_code ignored;
    descriptor_.close(ignored);
}

void ReadinessSet::set_interest(std::uint32_t index, Interest interest) {
    Slot& slot = slots_[index];
    if (slot.interest == interest) return;
    // A descriptor without interest leaves the set: epoll would still report hang-ups.
    int operation = EPOLL_CTL_MOD;
    if (!interest.any()) operation = EPOLL_CTL_DEL;
    if (!slot.interest.any()) operation = EPOLL_CTL_ADD;
    epoll_event event{};
    event.events = events_for(interest);
    event.data.u64 = key_for(index);
    if (interest.any() != slot.interest.any()) {
        interest.any() ? ++watched_ : --watched_;
        watched_keys_ ^= event.data.u64;
    }
    slot.interest = interest;
    const int result = ::epoll_ctl(descriptor_.native_handle(), operation, slot.fd, &event);
    if (result != 0 && interest.any()) {
        give_up(index, std::error_code(errno, std::system_category()));
    }
}

void ReadinessSet::remove(std::uint32_t index) {
    set_interest(index, {});
    Slot& slot = slots_[index];
    slot.entry = nullptr;
    ++slot.generation;
    free_.push_back(index);
    // Nothing is left to wait for: the io_context may run out of work.
    asio::error_code ignored;
    if (empty() && waiting_) descriptor_.cancel(ignored);
}

void ReadinessSet::wait() {
    if (waiting_ || empty() || !descriptor_.is_open()) return;
    waiting_ = true;
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [this](const asio::error_code& error) {
                               waiting_ = false;
                               const AtExit wait_again([this] { wait(); });
                               if (!error) dispatch();
                           });
}

void ReadinessSet::dispatch() {
    const AtExit end([this] { batch_time_.reset(); });
    int ready = 0;
    int calls = 0;
    do {
        ready = dispatch_batch();
        calls += ready;
    } while (ready >= kManyReady && calls < kCallsPerTurn);
}

// Returns how many descriptors were ready.
int ReadinessSet::dispatch_batch() {
    if (const Slot* slot = lone_reader()) {
        batch_time_ = io::now();
        slot->handler->on_readable();
        return 1;
    }
    std::array<epoll_event, kBatch> events;
    const int count = ::epoll_wait(descriptor_.native_handle(), events.data(), kBatch, 0);
    if (count <= 0) return 0;
    batch_time_ = io::now();
    const auto ready = std::span(events).first(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < ready.size(); ++i) {
        if (i + 1 < ready.size()) fetch(ready[i + 1].data.u64);
        tell(ready[i].data.u64, ready[i].events);
    }
    return count;
}

// The system call has evicted our data from the cache: load early what is used next.
void ReadinessSet::fetch(std::uint64_t key) {
    if (const Slot* slot = find(key)) __builtin_prefetch(slot->handler);
}

// Looks the slot up before each call: any handler called before may have removed this descriptor or
// changed its interest.
void ReadinessSet::tell(std::uint64_t key, std::uint32_t events) {
    const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
    bool told = false;
    if (broken || (events & EPOLLIN) != 0) {
        const Slot* slot = find(key);
        told = slot && slot->interest.readable;
        if (told) slot->handler->on_readable();
    }
    if ((broken && !told) || (events & EPOLLOUT) != 0) {
        const Slot* slot = find(key);
        if (slot && slot->interest.writable) slot->handler->on_writable();
    }
}

void ReadinessSet::give_up(std::uint32_t index, std::error_code error) {
    slots_[index].interest = {};
    --watched_;
    watched_keys_ ^= key_for(index);
    unwatchable_.push_back({key_for(index), error});
    if (unwatchable_.size() == 1) {
        asio::post(descriptor_.get_executor(), [this] { tell_unwatchable(); });
    }
}

void ReadinessSet::tell_unwatchable() {
    for (const auto& [key, error] : std::exchange(unwatchable_, {})) {
        if (const Slot* slot = find(key)) slot->handler->on_unwatchable(error);
    }
}

ReadinessSet::Slot* ReadinessSet::find(std::uint64_t key) {
    const auto index = static_cast<std::uint32_t>(key);
    if (index >= slots_.size() || !slots_[index].entry || key_for(index) != key) return nullptr;
    return &slots_[index];
}

// The only descriptor that is watched, if it is so only for reading: when the set is ready, nobody
// has to be asked which one it is. The clients of most programs have just one connection.
ReadinessSet::Slot* ReadinessSet::lone_reader() {
    if (watched_ != 1) return nullptr;
    Slot* slot = find(watched_keys_);
    return slot && slot->interest == Interest{.readable = true} ? slot : nullptr;
}

std::uint64_t ReadinessSet::key_for(std::uint32_t index) const {
    return std::uint64_t{slots_[index].generation} << 32 | index;
}

bool ReadinessSet::empty() const { return free_.size() == slots_.size(); }

ReadinessSet::Entry::Entry(ReadinessSet& set, std::uint32_t index) : set_(&set), index_(index) {
    set_->slots_[index_].entry = this;
}

ReadinessSet::Entry::Entry(Entry&& other) noexcept
    : set_(std::exchange(other.set_, nullptr)), index_(other.index_) {
    if (set_) set_->slots_[index_].entry = this;
}

ReadinessSet::Entry& ReadinessSet::Entry::operator=(Entry&& other) noexcept {
    if (this == &other) return *this;
    remove();
    set_ = std::exchange(other.set_, nullptr);
    index_ = other.index_;
    if (set_) set_->slots_[index_].entry = this;
    return *this;
}

ReadinessSet::Entry::~Entry() { remove(); }

void ReadinessSet::Entry::set_interest(Interest interest) {
    if (set_) set_->set_interest(index_, interest);
}

void ReadinessSet::Entry::remove() {
    if (set_) std::exchange(set_, nullptr)->remove(index_);
}

}  // namespace tautline::io
