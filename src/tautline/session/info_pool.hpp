// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <tautline/base/ip_address.hpp>
#include <tautline/session/peer.hpp>

namespace tautline::session {

/// Keeps how connections came about as one text each; what is equal is kept once.
///
/// The address of the peer is kept beside the text, and `Sec-WebSocket-Key` with its answer, which
/// are different for every connection and have done their work, not at all: the connections of one
/// kind of client then share one text.
/// Threads: one at a time.
class InfoPool {
public:
    /// What a connection holds. Empty when it holds nothing.
    struct Ticket {
        std::pair<const std::string, std::size_t>* text = nullptr;  // and how many hold it
        std::optional<IpEndpoint> peer;                             // when it is an IP address
    };

    [[nodiscard]] Ticket pack(const OpenInfo& info);
    [[nodiscard]] static OpenInfo unpack(const Ticket& ticket);
    /// Every ticket but an empty one comes back once.
    void drop(const Ticket& ticket);

    /// How many different texts there are.
    [[nodiscard]] std::size_t size() const { return texts_.size(); }

private:
    std::map<std::string, std::size_t> texts_;
};

}  // namespace tautline::session
