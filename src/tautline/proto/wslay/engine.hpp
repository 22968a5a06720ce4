// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/proto/websocket/engine.hpp>

namespace tautline::websocket {

/// A second engine, over the packaged library wslay: it proves that the seam is one, and is there
/// for comparison. What it does otherwise than `native_engine`, because wslay does:
///
///   - no permessage-deflate and no streamed delivery: refused before the handshake begins;
///   - `send_part` fails with `UsageError::unsupported`, and `send_fragment_bytes` has no effect;
///   - control frames wait behind queued data; a peer that makes us owe it more Pongs than
///     `max_buffered_bytes` is closed with 1008;
///   - memory for a frame is taken when its header comes, up to `max_message_bytes`;
///   - the answer to a Close overtakes the answers to messages that came in the same read;
///   - a header is judged when the first byte of its payload has come;
///   - a frame that cannot be read (lengths, masking, control frames) is answered with a Close
///   without
///     a code;
///   - a Close with half a code is answered with an empty Close;
///   - received Closes with 1012 to 1014 count as a broken rule (1002);
///   - `message_timeout` is not watched: wslay does not tell how far a message is;
///   - which rule a peer broke is not told: `PeerError::rule_broken`.
[[nodiscard]] const EngineKind& wslay_engine();

}  // namespace tautline::websocket
