// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/message_sender.hpp>

#include <optional>
#include <utility>

#include <tautline/base/buffer.hpp>
#include <tautline/base/utf8.hpp>

namespace tautline::websocket {

namespace {

// Most messages are one frame.
void write_whole(const MessageSender::Message& message, bool compressed, Bytes payload,
                 Outbox& outbox) {
    const OutgoingFrame frame{
        .opcode = message.type == MessageType::text ? Opcode::text : Opcode::binary,
        .rsv1 = compressed,
        .payload = payload};
    message.in_place && !compressed ? outbox.write_in_place(frame) : outbox.write(frame);
}

void write_frames(MessageFragmenter frames, Outbox& outbox) {
    while (const auto frame = frames.next()) outbox.write(*frame);
}

}  // namespace

struct MessageSender::Compression {
    deflate::Compressor::Settings settings;
    deflate::Shared* shared = nullptr;  // for whole messages, without context takeover
    std::optional<deflate::Compressor> compressor;
    Buffer output;
};

struct MessageSender::OpenMessage {
    MessageType type;
    bool compressed;
    bool first_written = false;
    Utf8Validator utf8;
};

MessageSender::MessageSender(const std::optional<deflate::Compressor::Settings>& compression,
                             deflate::Shared* shared) {
    if (!compression) return;
    compression_ = std::make_unique<Compression>();
    compression_->settings = *compression;
    if (!compression->context_takeover) compression_->shared = shared;
}

MessageSender::~MessageSender() = default;

std::expected<void, UsageError> MessageSender::send(const Message& message, Outbox& outbox) {
    if (open_) return std::unexpected(UsageError::message_open);
    // RFC 6455 section 5.6: the payload of a text message is UTF-8.
    if (message.type == MessageType::text && !is_utf8(message.payload)) {
        return std::unexpected(UsageError::text_not_utf8);
    }
    const bool compressed = message.compress && compression_;
    const Bytes payload = compressed ? compress(message.payload, true, true) : message.payload;
    if (message.fragment_bytes == 0 || payload.size() <= message.fragment_bytes) {
        write_whole(message, compressed, payload, outbox);
    } else {
        write_frames({payload,
                      {.type = message.type,
                       .compressed = compressed,
                       .fragment_bytes = message.fragment_bytes}},
                     outbox);
    }
    if (compressed) compression_->output.release();
    return {};
}

std::expected<void, UsageError> MessageSender::send_part(const Message& part, bool last,
                                                         Outbox& outbox) {
    if (open_ && open_->type != part.type) return std::unexpected(UsageError::message_open);
    Utf8Validator utf8 = open_ ? open_->utf8 : Utf8Validator();
    if (part.type == MessageType::text &&
        (!utf8.feed(part.payload) || (last && !utf8.complete()))) {
        return std::unexpected(UsageError::text_not_utf8);
    }
    const bool whole = !open_ && last;
    if (!open_) {
        open_ = std::make_unique<OpenMessage>(OpenMessage{
            .type = part.type, .compressed = part.compress && compression_, .utf8 = {}});
    }
    open_->utf8 = utf8;
    const Bytes payload = open_->compressed ? compress(part.payload, whole, last) : part.payload;
    // A compressor may keep a part until there is more: do not send an empty frame meanwhile.
    if (last || !payload.empty()) {
        write_frames({payload,
                      {.type = part.type,
                       .compressed = open_->compressed,
                       .first = !std::exchange(open_->first_written, true),
                       .last = last,
                       .fragment_bytes = part.fragment_bytes}},
                     outbox);
    }
    if (open_->compressed) compression_->output.release();
    if (last) open_.reset();
    return {};
}

// Lifetime of the result: until the output is released.
Bytes MessageSender::compress(Bytes payload, bool whole, bool last) {
    Buffer& output = compression_->output;
    auto& compressor = compression_->compressor;
    if (whole && compression_->shared != nullptr) {
        compression_->shared->compress(compression_->settings, payload, output);
    } else {
        if (!compressor) compressor.emplace(compression_->settings);
        compressor->compress(payload, last, output);
        if (last && compression_->shared != nullptr) compressor.reset();
    }
    return std::as_const(output).readable();
}

bool MessageSender::compressor_kept() const { return compression_->compressor.has_value(); }

}  // namespace tautline::websocket
