// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/message_sender.hpp>

#include <optional>
#include <utility>

#include <tautline/base/utf8.hpp>

namespace tautline::websocket {

namespace {

void write_frames(MessageFragmenter frames, Outbox& outbox) {
    while (const auto frame = frames.next()) outbox.write(*frame);
}

// Most messages are one frame.
void write_whole(const MessageSender::Message& message, bool compressed, Bytes payload,
                 Outbox& outbox) {
    if (message.fragment_bytes > 0 && payload.size() > message.fragment_bytes) {
        return write_frames({payload,
                             {.type = message.type,
                              .compressed = compressed,
                              .fragment_bytes = message.fragment_bytes}},
                            outbox);
    }
    const OutgoingFrame frame{
        .opcode = message.type == MessageType::text ? Opcode::text : Opcode::binary,
        .rsv1 = compressed,
        .payload = payload};
    message.in_place && !compressed ? outbox.write_in_place(frame) : outbox.write(frame);
}

}  // namespace

struct MessageSender::Compression {
    deflate::Compressor::Settings settings;
    deflate::Shared* shared = nullptr;  // for whole messages, without context takeover
    BufferPool* buffers = nullptr;
    std::optional<deflate::Compressor> compressor;
};

struct MessageSender::OpenMessage {
    MessageType type = MessageType::binary;
    bool compressed = false;
    bool first_written = false;
    Utf8Validator utf8 = {};
};

MessageSender::MessageSender(const std::optional<deflate::Compressor::Settings>& compression,
                             deflate::Shared* shared, BufferPool* buffers) {
    if (!compression) return;
    compression_ = std::make_unique<Compression>();
    compression_->settings = *compression;
    compression_->buffers = buffers;
    if (!compression->context_takeover) compression_->shared = shared;
}

MessageSender::~MessageSender() = default;

std::expected<void, UsageError> MessageSender::send(const Message& message, Outbox& outbox) {
    if (begun_) return std::unexpected(UsageError::message_open);
    // RFC 6455 section 5.6: the payload of a text message is UTF-8.
    if (message.type == MessageType::text && !is_utf8(message.payload)) {
        return std::unexpected(UsageError::text_not_utf8);
    }
    if (message.compress && compression_) {
        BufferPool::Loan output(compression_->buffers);
        write_whole(message, true, compress(message.payload, true, true, *output), outbox);
    } else {
        write_whole(message, false, message.payload, outbox);
    }
    return {};
}

std::expected<void, UsageError> MessageSender::send_part(const Message& part, bool last,
                                                         Outbox& outbox) {
    if (begun_ && open_->type != part.type) return std::unexpected(UsageError::message_open);
    Utf8Validator utf8 = begun_ ? open_->utf8 : Utf8Validator();
    if (part.type == MessageType::text &&
        (!utf8.feed(part.payload) || (last && !utf8.complete()))) {
        return std::unexpected(UsageError::text_not_utf8);
    }
    const bool whole = !begun_ && last;
    if (!begun_) begin_message(part);
    open_->utf8 = utf8;
    if (open_->compressed) {
        BufferPool::Loan output(compression_->buffers);
        write_part(part, compress(part.payload, whole, last, *output), last, outbox);
    } else {
        write_part(part, part.payload, last, outbox);
    }
    begun_ = !last;
    return {};
}

void MessageSender::begin_message(const Message& first) {
    if (!open_) open_ = std::make_unique<OpenMessage>();
    *open_ = {.type = first.type, .compressed = first.compress && compression_};
}

void MessageSender::write_part(const Message& part, Bytes payload, bool last, Outbox& outbox) {
    // A compressor may keep a part until there is more: do not send an empty frame meanwhile.
    if (!last && payload.empty()) return;
    write_frames({payload,
                  {.type = part.type,
                   .compressed = open_->compressed,
                   .first = !std::exchange(open_->first_written, true),
                   .last = last,
                   .fragment_bytes = part.fragment_bytes}},
                 outbox);
}

// The result lies in `output`.
Bytes MessageSender::compress(Bytes payload, bool whole, bool last, Buffer& output) {
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
