// SPDX-License-Identifier: MIT
#pragma once

#include <system_error>

#include <tautline/session/peer_data.hpp>

namespace tautline::session {

/// Somebody who takes what a connection receives when he wants to.
class Reader {
public:
    virtual ~Reader() = default;
    /// The stream of the peer has ended, or broke, behind what is not read yet: nothing is answered
    /// any more, though the end of the connection is told later.
    virtual void receive_end_of_stream(std::error_code error) = 0;
    /// The connection is gone, perhaps with its loop and before its end was told. `data` is what
    /// the application had put there.
    virtual void abandon(PeerData /*data*/) {}
};

}  // namespace tautline::session
