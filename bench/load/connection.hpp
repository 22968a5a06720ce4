// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "bench/load/frames.hpp"
#include "bench/load/reply_reader.hpp"
#include "bench/load/settings.hpp"
#include "bench/load/verifier.hpp"

namespace bench {

/// What all connections of the generator have in common.
struct Shared {
    Settings settings;
    Frames frames;
    SSL_CTX* tls = nullptr;
    int epoll = -1;
    std::vector<char> buffer;
    std::uint64_t answer_bytes = 0;  // payload as it came, compressed where it is
};

/// One client: a socket, perhaps TLS, the handshake, and a window of messages under way.
/// A failure ends the program: a measurement with losses is none.
class Connection {
public:
    enum class State : std::uint8_t { connecting, securing, upgrading, open, closing, closed };

    /// Who is told what the connection does.
    class Listener {
    public:
        virtual void on_open(Connection& connection) = 0;
        /// `sent_at` is when the message that this answers was sent; `now` is now.
        virtual void on_reply(Connection& connection, std::uint64_t sent_at, std::uint64_t now) = 0;
        virtual void on_closed(Connection& connection) = 0;

    protected:
        ~Listener() = default;
    };

    Connection(Shared& shared, const Frames& frames, Listener& listener, unsigned window);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Begins to connect. `number` chooses the source address, so that ports do not run out.
    void start(unsigned number);
    /// The socket is readable or writable, or both.
    void handle(std::uint32_t events);
    /// Puts `count` more messages under way.
    void send(std::uint64_t count);
    /// Messages that are not answered yet.
    [[nodiscard]] std::uint64_t under_way() const { return asked_ - received_; }
    /// Begins the closing handshake.
    void close();
    /// Compares what comes back.
    void verify();

private:
    void after_connect();
    void secure();
    void upgrade();
    void read_upgrade(std::string_view input);
    void open();
    void receive();
    void take(std::string_view input);
    void take_raw(std::size_t bytes);
    void take_frame(const ReplyReader::Frame& frame, std::uint64_t now);
    void reply(std::uint64_t now);
    void flush();
    void finish();
    long read_some(char* data, std::size_t size);
    long write_some(std::string_view bytes);
    bool write_all(std::string_view bytes);
    void watch(bool writable);
    [[noreturn]] void fail(const char* what) const;

    Shared& shared_;
    const Frames& frames_;
    Listener& listener_;
    int fd_ = -1;
    SSL* ssl_ = nullptr;
    State state_ = State::connecting;
    bool watching_writable_ = false;
    std::string head_;
    ReplyReader reader_;
    std::unique_ptr<Verifier> verifier_;
    std::uint64_t checked_ = 0;
    std::size_t raw_bytes_ = 0;   // of the answer that is coming, from the floor
    std::uint64_t asked_ = 0;     // messages that shall have been sent
    std::uint64_t sent_ = 0;      // messages sent as a whole
    std::size_t sent_bytes_ = 0;  // of the message `sent_`
    std::uint64_t received_ = 0;
    std::vector<std::uint64_t> stamps_;  // when the messages under way were sent
};

}  // namespace bench
