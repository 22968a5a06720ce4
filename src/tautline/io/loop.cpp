// SPDX-License-Identifier: MIT
#include <tautline/io/loop.hpp>

#include <utility>

#include <asio/post.hpp>

#include <tautline/base/assert.hpp>
#include <tautline/io/at_exit.hpp>
#include <tautline/io/clock.hpp>

namespace tautline::io {

namespace {

constexpr std::size_t kSpareBuffers = 4;
// Room for the largest message of the default options and its header: a smaller limit would
// allocate the buffer again, page by page, for each such message.
constexpr std::size_t kSpareBytes = std::size_t{2} * 1024 * 1024;
// After this many timers other ready work gets its turn.
constexpr std::size_t kTimersPerTurn = 1024;

}  // namespace

Loop& Loop::of(asio::io_context& context) { return asio::use_service<Loop>(context); }

Loop::Loop(asio::io_context& context)
    : service(context),
      context_(context),
      timer_(context),
      readiness_(context),
      timers_(io::now(), [this] { arm_timer(); }),
      warm_(timers_, [this] { return now(); }),
      turns_([this] { asio::post(context_, [this] { turns_.run(); }); }) {}

Loop::~Loop() { drop_retired(); }

ReadinessSet& Loop::listening() {
    if (!listening_) listening_.emplace(context_);
    return *listening_;
}

Instant Loop::now() const {
    const auto batch = readiness_.batch_time();
    return batch ? *batch : io::now();
}

MutableBytes Loop::receive_buffer() { return shared(received_); }

MutableBytes Loop::plaintext_buffer() { return shared(plaintext_); }

MutableBytes Loop::shared(std::unique_ptr<std::byte[]>& memory) {
    if (!memory) {
        memory = std::make_unique_for_overwrite<std::byte[]>(kSharedBytes + 2 * kSlackBytes);
    }
    return {memory.get() + kSlackBytes, kSharedBytes};
}

// Last in, first out: nested borrowers give back in reverse order, so that each gets the buffer
// that grew to its needs.
Buffer Loop::take_output() {
    if (spare_output_.empty()) return {};
    Buffer buffer = std::move(spare_output_.back());
    spare_output_.pop_back();
    return buffer;
}

void Loop::give_output(Buffer buffer) {
    if (buffer.capacity() == 0 || buffer.capacity() > kSpareBytes) return;
    if (spare_output_.size() == kSpareBuffers) return;
    buffer.clear();
    spare_output_.push_back(std::move(buffer));
}

void Loop::retire(std::shared_ptr<void> object) {
    retired_.push_back(std::move(object));
    if (retired_.size() == 1) asio::post(context_, [this] { drop_retired(); });
}

bool Loop::running_here() const { return context_.get_executor().running_in_this_thread(); }

void Loop::post(std::move_only_function<void()> task) {
    TAUTLINE_ASSERT(task != nullptr);
    asio::post(context_, std::move(task));
}

// A destructor may retire more objects in here: the next call drops those.
void Loop::drop_retired() { std::exchange(retired_, {}).clear(); }

void Loop::arm_timer() {
    const auto due = timers_.next_due();
    if (!due) {
        armed_.reset();
        timer_.cancel();
    } else if (!armed_ || *due < *armed_) {
        armed_ = due;
        timer_.expires_at(to_steady(*due));
        timer_.async_wait([this](const asio::error_code& error) {
            if (!error) fire_timers();
        });
    }
}

void Loop::fire_timers() {
    armed_.reset();
    const AtExit arm_again([this] { arm_timer(); });
    timers_.advance(now(), kTimersPerTurn);
}

void Loop::shutdown() {
    while (!retired_.empty()) drop_retired();
    warm_.clear();
    timers_.clear();
    turns_.clear();
    readiness_.shut_down();
    if (listening_) listening_->shut_down();
}

}  // namespace tautline::io
