// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/proto/websocket/engine.hpp>

namespace tautline::websocket {

/// A second engine, over the packaged library wslay: it proves that engines can be exchanged, and
/// serves for comparison. It differs from `native_engine`, because wslay does:
///
///   - permessage-deflate is neither offered nor accepted, whatever the options say;
///   - `Delivery::streamed` is refused before a connection begins: by a client as unsupported,
///     by a server as an option that cannot be used;
///   - `send_part` fails with `UsageError::unsupported`, and `send_fragment_bytes` has no effect;
///   - `fail` drops nothing: what is queued goes out before the Close;
///   - control frames wait after queued data; a peer that makes us queue more Pongs than twice
///     `max_buffered_bytes` and `max_message_bytes` is closed with 1008;
///   - memory for a frame is taken when its header comes, up to `max_message_bytes`;
///   - the answer to a Close, and the Close after an error, overtake the answers to messages that
///     came in the same read: those fail with `UsageError::closed`;
///   - a length is held to `max_message_bytes` when the first byte of the payload has come;
///   - a frame that cannot be read (lengths, control frames) is answered with a Close that has no
///     code, and so is a Close with half a code;
///   - received Closes with 1012 to 1014 count as a broken rule (1002);
///   - which rule a peer broke is not reported: `PeerError::rule_broken`.
///
/// `docs/engines.md` has this list for users; the conformance suite expects exactly it.
[[nodiscard]] const EngineKind& wslay_engine();

}  // namespace tautline::websocket
