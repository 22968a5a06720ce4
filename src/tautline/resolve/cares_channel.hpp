// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <ares.h>

#include <tautline/io/loop.hpp>
#include <tautline/io/readiness_set.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/resolve/cares_answer.hpp>

namespace tautline::resolve {

/// How a channel asks.
struct ChannelSetup {
    std::string servers;  ///< Empty: those of `resolv_conf`.
    std::string resolv_conf;
    std::uint16_t port = 53;
    Duration timeout{};
    int tries = 1;
    NegativeTimes negative;
};

class ChannelHandler {
public:
    /// Called while c-ares runs, perhaps in `send`: the channel may not be destroyed in here.
    virtual void on_brought(const std::string& name, eyeballs::RecordType type,
                            Brought brought) = 0;

protected:
    ~ChannelHandler() = default;
};

/// A channel of c-ares on one loop: its sockets, its timer, its questions. It asks for whole names
/// alone, and searches no others.
///
/// Lifetime: `handler` outlives it.
/// Threads: that of the loop.
class CaresChannel final : private io::TimerNode {
public:
    CaresChannel(io::Loop& loop, const ChannelSetup& setup, ChannelHandler& handler);
    ~CaresChannel() override;
    CaresChannel(const CaresChannel&) = delete;
    CaresChannel& operator=(const CaresChannel&) = delete;

    /// Why it cannot ask anybody; empty when it can.
    [[nodiscard]] std::string fault() const;
    void send(const std::string& name, eyeballs::RecordType type);
    /// Forgets all questions: no socket and no timer is left. Not from `on_brought`.
    void cancel();

private:
    // Owned by c-ares until it calls back.
    struct Sent {
        CaresChannel& channel;
        std::string name;
        eyeballs::RecordType type;
    };
    // A socket of c-ares in the set of the loop.
    struct Watch final : io::ReadyNode {
        Watch(CaresChannel& owner, int fd) : channel(owner) {
            owner.loop_.readiness().add(*this, fd);
        }
        void on_readable() override { channel.process(descriptor(), ARES_SOCKET_BAD); }
        void on_writable() override { channel.process(ARES_SOCKET_BAD, descriptor()); }
        void on_unwatchable(std::error_code) override {}
        CaresChannel& channel;
    };

    void open(const ChannelSetup& setup);
    void watch(int fd, io::Interest interest);
    void process(int readable, int writable);
    void on_timer(Instant) override { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }
    void schedule();
    static void on_answer(void* sent, int status, int timeouts, unsigned char* message, int size);

    io::Loop& loop_;
    ChannelHandler& handler_;
    NegativeTimes negative_;
    ares_channel channel_ = nullptr;
    int status_ = ARES_SUCCESS;
    std::map<int, std::shared_ptr<Watch>> watches_;
};

}  // namespace tautline::resolve
