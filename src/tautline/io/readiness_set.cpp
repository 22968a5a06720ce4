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

ReadinessSet::ReadinessSet(asio::io_context& context) : descriptor_(context) {
    // Without a descriptor every `set_interest` fails, and its handler is called about that.
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) return;
    asio::error_code error;
    descriptor_.assign(fd, error);
    if (error) ::close(fd);
}

ReadinessSet::~ReadinessSet() { shut_down(); }

void ReadinessSet::add(ReadyNode& node, int fd) {
    TAUTLINE_ASSERT(!node.set_);
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(nodes_.size()));
        nodes_.push_back(nullptr);
    }
    node.set_ = this;
    node.index_ = free_.back();
    node.fd_ = fd;
    node.serial_ = ++last_serial_;
    nodes_[node.index_] = &node;
    free_.pop_back();
    wait();
}

void ReadinessSet::shut_down() {
    for (ReadyNode* node : nodes_) {
        if (!node) continue;
        node->set_ = nullptr;
        node->interest_ = {};
    }
    nodes_.clear();
    watched_ = 0;
    watched_keys_ = 0;
    free_.clear();
    unwatchable_.clear();
    asio::error_code ignored;
    descriptor_.close(ignored);
}

void ReadinessSet::set_interest(ReadyNode& node, Interest interest) {
    if (node.interest_ == interest) return;
    // A descriptor without interest leaves the set: epoll would still report hang-ups.
    int operation = EPOLL_CTL_MOD;
    if (!interest.any()) operation = EPOLL_CTL_DEL;
    if (!node.interest_.any()) operation = EPOLL_CTL_ADD;
    epoll_event event{};
    event.events = events_for(interest);
    event.data.u64 = key_for(node);
    if (interest.any() != node.interest_.any()) {
        interest.any() ? ++watched_ : --watched_;
        watched_keys_ ^= event.data.u64;
    }
    node.interest_ = interest;
    const int result = ::epoll_ctl(descriptor_.native_handle(), operation, node.fd_, &event);
    if (result != 0 && interest.any()) {
        give_up(node, std::error_code(errno, std::system_category()));
    }
}

void ReadinessSet::remove(ReadyNode& node) {
    set_interest(node, {});
    nodes_[node.index_] = nullptr;
    free_.push_back(node.index_);
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
    if (ReadyNode* node = lone_reader()) {
        batch_time_ = io::now();
        node->on_readable();
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
    const auto index = static_cast<std::uint32_t>(key);
    if (index < nodes_.size()) __builtin_prefetch(nodes_[index]);
}

// Looks the node up before each call: whoever was called before may have made it leave, or have
// changed its interest.
void ReadinessSet::tell(std::uint64_t key, std::uint32_t events) {
    const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
    bool told = false;
    if (broken || (events & EPOLLIN) != 0) {
        ReadyNode* node = find(key);
        told = node && node->interest_.readable;
        if (told) node->on_readable();
    }
    if ((broken && !told) || (events & EPOLLOUT) != 0) {
        ReadyNode* node = find(key);
        if (node && node->interest_.writable) node->on_writable();
    }
}

void ReadinessSet::give_up(ReadyNode& node, std::error_code error) {
    node.interest_ = {};
    --watched_;
    watched_keys_ ^= key_for(node);
    unwatchable_.push_back({key_for(node), error});
    if (unwatchable_.size() == 1) {
        asio::post(descriptor_.get_executor(), [this] { tell_unwatchable(); });
    }
}

void ReadinessSet::tell_unwatchable() {
    for (const auto& [key, error] : std::exchange(unwatchable_, {})) {
        if (ReadyNode* node = find(key)) node->on_unwatchable(error);
    }
}

ReadyNode* ReadinessSet::find(std::uint64_t key) const {
    const auto index = static_cast<std::uint32_t>(key);
    ReadyNode* node = index < nodes_.size() ? nodes_[index] : nullptr;
    return node && key_for(*node) == key ? node : nullptr;
}

// The only descriptor that is watched, if it is so only for reading: when the set is ready, nobody
// has to be asked which one it is. The clients of most programs have just one connection.
ReadyNode* ReadinessSet::lone_reader() const {
    if (watched_ != 1) return nullptr;
    ReadyNode* node = find(watched_keys_);
    return node && node->interest_ == Interest{.readable = true} ? node : nullptr;
}

// An event names its node by place and serial: that of one that is gone does not fit the next one
// in its place. Serials come again, but not within one batch of events.
std::uint64_t ReadinessSet::key_for(const ReadyNode& node) {
    return std::uint64_t{node.serial_} << 32 | node.index_;
}

bool ReadinessSet::empty() const { return free_.size() == nodes_.size(); }

void ReadyNode::set_interest(Interest interest) {
    if (set_) set_->set_interest(*this, interest);
}

void ReadyNode::leave_set() {
    if (set_) std::exchange(set_, nullptr)->remove(*this);
    fd_ = -1;
}

}  // namespace tautline::io
