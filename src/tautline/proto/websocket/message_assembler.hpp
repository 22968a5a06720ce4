// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>

#include <tautline/base/buffer_pool.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/deflate/decompressor.hpp>
#include <tautline/proto/deflate/shared.hpp>
#include <tautline/proto/websocket/error.hpp>
#include <tautline/proto/websocket/frame_reader.hpp>
#include <tautline/proto/websocket/options.hpp>
#include <tautline/proto/websocket/role.hpp>

namespace tautline::websocket {

/// Joins the frames of one message and enforces its limits as they arrive.
///
///     frame in:     text fin=0 | cont fin=0 | cont fin=1
///     message out:       -     |     -      |  message
///
/// With `Delivery::streamed` there is a piece for each slice instead, and nothing is kept.
///
/// A message that lies in one slice, uncompressed, is shown in place. Memory for any other grows
/// with what arrives, never with what is declared; it is on loan from a pool, where there is one.
/// Limits: the length of a frame is checked before its key and payload: `message_too_large` for
/// `max_message_bytes`, of a compressed one for an eighth and 64 bytes more; `too_many_fragments`
/// when the charges for its fragments go over it. Inflation stops before the byte that crosses the
/// limit. Text is checked as UTF-8 as it arrives.
/// Lifetime: what is shown is valid until `release`, which comes before the next `receive`. After
/// an error the object must not be used again.
/// Threads: one at a time.
/// Spec: RFC 6455 sections 5.4 and 8.1, RFC 7692 section 7.2.2.
class MessageAssembler {
public:
    struct Piece {
        MessageType type;
        Bytes payload;
        bool first;
        bool last;
    };

    /// Without `settings` compression was not agreed: no frame may then say that it is compressed.
    /// Whole messages are inflated by `shared`, when there is one and no context takeover.
    explicit MessageAssembler(
        const std::optional<deflate::Decompressor::Settings>& settings = std::nullopt,
        deflate::Shared* shared = nullptr, BufferPool* buffers = nullptr);
    ~MessageAssembler();

    /// Takes a slice of a data frame. Returns what can be shown now.
    [[nodiscard]] std::expected<std::optional<Piece>, PeerError> receive(
        const FrameSlice& slice, const ConnectionOptions& options);
    /// What is wrong with the header of a data frame, as `receive` tells it for the first slice,
    /// but for the charges of fragments. The key need not be there.
    [[nodiscard]] std::optional<PeerError> error_in(const FrameHeader& header,
                                                    const ConnectionOptions& options) const;
    /// Gives back the memory of what was shown.
    void release() {
        if (begun_) release_partial();
    }
    /// Whether a message was begun and is not complete.
    [[nodiscard]] bool message_open() const { return begun_ && incomplete(); }
    /// Whether a message is incomplete, or shown and not released yet.
    [[nodiscard]] bool busy() const { return begun_; }
    /// Whether nothing is kept of the messages so far.
    [[nodiscard]] bool empty() const { return !begun_ && (!inflation_ || !inflater_kept()); }

private:
    struct Partial;
    struct Inflation;

    void begin_message(const FrameHeader& header);
    void release_partial();
    [[nodiscard]] bool incomplete() const;
    Buffer& payload();
    [[nodiscard]] bool inflater_kept() const;
    std::expected<void, PeerError> begin_frame(const FrameHeader& header,
                                               const ConnectionOptions& options);
    void reserve(const FrameSlice& slice);
    std::expected<void, PeerError> store(const FrameSlice& slice, const ConnectionOptions& options);
    std::expected<Bytes, PeerError> inflate(const FrameSlice& slice,
                                            const ConnectionOptions& options);
    std::optional<Piece> show(Bytes payload, bool last, const ConnectionOptions& options);

    std::unique_ptr<Partial> partial_;      // made by the first message that needs it, and kept
    std::unique_ptr<Inflation> inflation_;  // where compression was agreed
    BufferPool* buffers_;                   // may be null
    bool begun_ = false;                    // a message is incomplete, or shown from memory of ours
};

}  // namespace tautline::websocket
