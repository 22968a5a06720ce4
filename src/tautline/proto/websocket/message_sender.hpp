// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>

#include <tautline/base/buffer_pool.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/error.hpp>
#include <tautline/proto/deflate/compressor.hpp>
#include <tautline/proto/deflate/shared.hpp>
#include <tautline/proto/websocket/message_fragmenter.hpp>
#include <tautline/proto/websocket/outbox.hpp>
#include <tautline/proto/websocket/role.hpp>

namespace tautline::websocket {

/// Turns the messages of the application into frames: checks text, compresses, fragments.
///
/// A call that fails has written nothing and changed nothing.
/// Memory: the compressor is made by the first message that is compressed and kept. Without context
/// takeover whole messages use the shared one, when there is one. What comes out of it lies in a
/// buffer on loan until it is framed.
/// Threads: one at a time.
/// Spec: RFC 6455 sections 5.4 and 5.6, RFC 7692 section 7.2.1.
class MessageSender {
public:
    /// `compression` is agreed for our direction, if at all. `shared` and `buffers`
    /// outlive the object.
    explicit MessageSender(
        const std::optional<deflate::Compressor::Settings>& compression = std::nullopt,
        deflate::Shared* shared = nullptr, BufferPool* buffers = nullptr);
    ~MessageSender();

    struct Message {
        MessageType type = MessageType::binary;
        Bytes payload = {};
        bool compress = false;           ///< Without effect when compression was not agreed.
        std::size_t fragment_bytes = 0;  ///< As in `MessageFragmenter`.
        bool in_place = false;           ///< One frame: by `Outbox::write_in_place`.
    };

    /// Fails with `message_open` or `text_not_utf8`.
    [[nodiscard]] std::expected<void, UsageError> send(const Message& message, Outbox& outbox);
    /// Begins, continues or, with `last`, ends a message in parts. The part that begins it decides
    /// on compression.
    /// Fails with `message_open` when the type is not that of the open message, or `text_not_utf8`.
    [[nodiscard]] std::expected<void, UsageError> send_part(const Message& part, bool last,
                                                            Outbox& outbox);
    /// Whether a message goes out as it is: compression was not agreed, and none is open.
    [[nodiscard]] bool plain() const { return !begun_ && !compression_; }
    /// Whether nothing is kept of the messages so far.
    [[nodiscard]] bool empty() const { return !begun_ && (!compression_ || !compressor_kept()); }

private:
    struct Compression;
    struct OpenMessage;

    Bytes compress(Bytes payload, bool whole, bool last, Buffer& output);
    void begin_message(const Message& first);
    void write_part(const Message& part, Bytes payload, bool last, Outbox& outbox);
    [[nodiscard]] bool compressor_kept() const;

    std::unique_ptr<Compression> compression_;  // when agreed
    std::unique_ptr<OpenMessage> open_;         // made by the first message in parts, and kept
    bool begun_ = false;                        // a message in parts is not ended
};

}  // namespace tautline::websocket
