// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/proto/websocket/engine.hpp>

namespace tautline::websocket {

/// A second engine, over the packaged library wslay: it proves that engines can be exchanged, and
/// serves for comparison. It differs from `native_engine`, because wslay does:
///
///   - no permessage-deflate and no streamed delivery: refused before the handshake begins;
///   - `send_part` fails with `UsageError::unsupported`, and `send_fragment_bytes` has no effect;
///   - control frames wait after queued data; a peer that makes us queue more Pongs than
///     `max_buffered_bytes` is closed with 1008;
///   - memory for a frame is taken when its header comes, up to `max_message_bytes`;
///   - the answer to a Close overtakes the answers to messages that came in the same read;
///   - a header is checked when the first byte of its payload has come;
///   - a frame that cannot be read (lengths, masking, control frames) is answered with a Close that
///     has no code;
///   - a Close with half a code is answered with an empty Close;
///   - received Closes with 1012 to 1014 count as a broken rule (1002);
///   - `message_timeout` is not watched: wslay does not report how far a message is;
///   - which rule a peer broke is not reported: `PeerError::rule_broken`.
[[nodiscard]] const EngineKind& wslay_engine();

}  // namespace tautline::websocket
