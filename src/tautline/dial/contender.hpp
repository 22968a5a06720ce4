// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <tautline/dial/attempt.hpp>
#include <tautline/dial/h2_client.hpp>
#include <tautline/dial/upgrade.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/proto/eyeballs/attempts.hpp>
#include <tautline/proto/eyeballs/output.hpp>

namespace tautline::dial {

/// What a failed opening handshake says of the way it was tried: no, not so, or nothing. To
/// extended CONNECT 501 is "not so", and 400, 405 and 426 are one of both: so answers a server that
/// has no WebSockets over HTTP/2. All four are a "no" over HTTP/1.1.
[[nodiscard]] eyeballs::SessionResult result_for(const Error& error, eyeballs::HttpVersion version);

/// Told how an attempt of a race goes on. The contender may be destroyed in here.
class ContenderHandler {
public:
    /// It came on, and has still a way to go. The contender must not be destroyed in here.
    virtual void on_progress(eyeballs::AttemptId id) = 0;
    virtual void on_connected(eyeballs::AttemptId id, eyeballs::HttpVersion version) = 0;
    virtual void on_settings(eyeballs::AttemptId id, const eyeballs::PeerSettings& settings) = 0;
    /// What became of the request. A refusal is told at its head: the contender is `refused` then.
    virtual void on_session(eyeballs::AttemptId id, eyeballs::SessionResult result,
                            const Error& error) = 0;
    /// The same refusal, with the beginning of its body.
    virtual void on_refusal(eyeballs::AttemptId id, const Error& error) = 0;
    virtual void on_failure(eyeballs::AttemptId id, const Error& error) = 0;

protected:
    ~ContenderHandler() = default;
};

/// One attempt of a race: its transport, then its session.
///
/// Lifetime: destroying it closes what it had opened. `handler` outlives it.
class Contender {
public:
    /// `limits` is for the heads that the server sends.
    Contender(io::Loop& loop, eyeballs::AttemptId id, AttemptSetup setup, http::HeadLimits limits,
              ContenderHandler& handler);
    Contender(const Contender&) = delete;
    Contender& operator=(const Contender&) = delete;
    ~Contender();

    /// Asks for the session, once the transport is connected.
    void establish(const websocket::ClientOffer& offer);
    /// Whether the other side of the route was reached: TCP is up, the tunnel of a proxy stands.
    [[nodiscard]] bool got_through() const { return attempt_->phase() == Phase::tls; }
    /// What there is to say when it is given up where it stands now.
    [[nodiscard]] Error no_answer() const;
    /// Whether the server said no; the body of that is read until `on_refusal`.
    [[nodiscard]] bool refused() const { return refused_; }
    /// The transport, where there is no session to establish.
    [[nodiscard]] Stream take_stream() { return std::move(stream_); }
    /// The session, once it is established.
    [[nodiscard]] Upgraded take() { return *std::move(won_); }
    /// The HTTP/2 connection that carries the session, or null.
    [[nodiscard]] std::shared_ptr<H2Client> take_h2() { return std::exchange(h2_, nullptr); }

private:
    void connected(std::expected<Stream, Error> stream);
    void speak_h2(Stream stream);
    void end_h2(std::error_code error);
    void refused(const Error& error);
    void established(std::expected<Upgraded, Error> result);
    [[nodiscard]] Error placed(Error error) const;
    [[nodiscard]] eyeballs::SessionResult judge(const Error& error) const;
    eyeballs::SessionResult explain(Error& error) const;

    io::Loop& loop_;
    eyeballs::AttemptId id_;
    http::HeadLimits limits_;
    ContenderHandler& handler_;
    observe::ObservedCall observed_;
    Stream stream_;                 // connected, without a session
    std::shared_ptr<H2Client> h2_;  // or this, when that was agreed on
    bool settings_ = false;         // came, where HTTP/2 was
    bool refused_ = false;
    std::optional<Upgraded> won_;
    std::unique_ptr<Operation> upgrade_;
    std::unique_ptr<Attempt> attempt_;
};

}  // namespace tautline::dial
