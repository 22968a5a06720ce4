// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/error.hpp>
#include <tautline/base/proxy_error.hpp>
#include <tautline/proto/proxy/credentials.hpp>
#include <tautline/proto/proxy/target.hpp>

namespace tautline::proxy {

/// Opens a tunnel through a SOCKS5 proxy.
///
///     we:     05 n methods                  [01 user password]          05 01 00 type address port
///     proxy:                05 method                         01 status
///             05 reply 00 type address port
///
/// Calling order: write what `take_request` gives after every call; hand in bytes with `receive`
/// and the end of the stream with `end_stream`. Bytes after the reply are in `rest()`.
/// A target that is an address is sent as one; a name is sent as it is, for the proxy to resolve.
/// Limits: a name has at most 255 bytes, as have the user and the password.
/// Spec: RFC 1928 sections 3 to 6, RFC 1929.
class Socks5 {
public:
    enum class State : std::uint8_t { reading, open, failed };

    /// A target or credentials that cannot be written fail at once, and nothing is sent.
    explicit Socks5(Target target, std::optional<Credentials> credentials = {});

    [[nodiscard]] State state() const { return state_; }
    /// What to write now; empty when there is nothing.
    [[nodiscard]] std::string take_request();
    void receive(Bytes bytes);
    void end_stream();

    /// Once `open`: the bytes after the reply.
    [[nodiscard]] Buffer& rest() { return rest_; }
    /// Once `failed`: holds no credentials; `endpoint` is left to the caller.
    [[nodiscard]] const Error& error() const { return error_; }

private:
    enum class Step : std::uint8_t { method, status, reply };

    [[nodiscard]] std::size_t needed() const;
    [[nodiscard]] unsigned byte_at(std::size_t at) const;
    void check_input();
    void accept_method();
    void accept_status();
    void write_credentials();
    void write_target();
    void fail(ProxyError code, std::string whither = {});

    Target target_;
    std::optional<Credentials> credentials_;
    State state_ = State::reading;
    Step step_ = Step::method;
    std::string request_;
    std::string input_;  // the bytes so far of the answer that `step_` waits for
    Buffer rest_;
    Error error_;
};

}  // namespace tautline::proxy
