// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/message_assembler.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <tautline/base/buffer.hpp>
#include <tautline/base/utf8.hpp>

namespace tautline::websocket {

namespace {

// A peer that announces a long frame makes us allocate at most this many times the bytes at hand.
constexpr std::size_t kReserveFactor = 8;

PeerError error_for(deflate::InflateError error) {
    using enum deflate::InflateError;
    switch (error) {
        case corrupt: return PeerError::deflate_corrupt;
        case too_large: return PeerError::message_too_large;
    }
    std::unreachable();
}

// The longest frame. Compression makes some data longer: by 5 bytes for each stored block (zlib
// makes some of 127 bytes only), or by an eighth where literals take 9 bits.
std::uint64_t longest_frame(bool compressed, std::uint64_t max_message_bytes) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    if (!compressed) return max_message_bytes;
    const std::uint64_t overhead = max_message_bytes / 8 + 64;
    return max_message_bytes < kMost - overhead ? max_message_bytes + overhead : kMost;
}

std::expected<void, PeerError> check_whole(const FrameSlice& slice,
                                           const ConnectionOptions& options) {
    if (slice.header.length > options.max_message_bytes) {
        return std::unexpected(PeerError::message_too_large);
    }
    if (slice.header.opcode == Opcode::text && !is_utf8(slice.payload)) {
        return std::unexpected(PeerError::text_not_utf8);
    }
    return {};
}

MessageType type_for(Opcode opcode) {
    return opcode == Opcode::text ? MessageType::text : MessageType::binary;
}

}  // namespace

struct MessageAssembler::Partial {
    void begin(const FrameHeader& header) {
        type = type_for(header.opcode);
        compressed = header.rsv1;
        shown = complete = false;
        bytes = charges = 0;
        utf8.reset();
    }

    MessageType type = MessageType::binary;
    bool compressed = false;
    bool shown = false;         // a piece was given out
    bool complete = false;      // all was given out
    std::uint64_t bytes = 0;    // declared by its frames; of a compressed message: inflated
    std::uint64_t charges = 0;  // for its fragments
    Utf8Validator utf8;
    std::optional<BufferPool::Loan> payload;  // once something is kept
};

struct MessageAssembler::Inflation {
    std::expected<void, deflate::InflateError> inflate(Bytes input, bool whole, bool last,
                                                       std::uint64_t budget, Buffer& out) {
        if (whole && shared != nullptr) return shared->inflate(input, budget, out);
        if (!decompressor) decompressor.emplace(settings);
        auto inflated = decompressor->inflate(input, last, budget, out);
        if (last && shared != nullptr) decompressor.reset();
        return inflated;
    }

    deflate::Decompressor::Settings settings;
    deflate::Shared* shared;  // for whole messages, without context takeover
    std::optional<deflate::Decompressor> decompressor = std::nullopt;  // made when first needed
};

MessageAssembler::MessageAssembler(const std::optional<deflate::Decompressor::Settings>& settings,
                                   deflate::Shared* shared, BufferPool* buffers)
    : buffers_(buffers) {
    if (!settings) return;
    inflation_ =
        std::make_unique<Inflation>(*settings, settings->context_takeover ? nullptr : shared);
}

MessageAssembler::~MessageAssembler() = default;

bool MessageAssembler::inflater_kept() const { return inflation_->decompressor.has_value(); }

bool MessageAssembler::incomplete() const { return !partial_->complete; }

void MessageAssembler::begin_message(const FrameHeader& header) {
    if (!partial_) partial_ = std::make_unique<Partial>();
    partial_->begin(header);
    begun_ = true;
}

void MessageAssembler::release_partial() {
    if (partial_->shown) partial_->payload.reset();
    if (partial_->complete) begun_ = false;
}

Buffer& MessageAssembler::payload() {
    auto& memory = partial_->payload;
    return memory ? **memory : *memory.emplace(buffers_);
}

std::expected<std::optional<MessageAssembler::Piece>, PeerError> MessageAssembler::receive(
    const FrameSlice& slice, const ConnectionOptions& options) {
    const FrameHeader& header = slice.header;
    const bool continues = header.opcode == Opcode::continuation;
    if (slice.whole() && header.fin && !header.rsv1 && !continues && !begun_) {
        if (const auto fine = check_whole(slice, options); !fine) {
            return std::unexpected(fine.error());
        }
        return Piece{type_for(header.opcode), slice.payload, true, true};
    }
    if (slice.first) {
        if (const auto fine = begin_frame(header, options); !fine) {
            return std::unexpected(fine.error());
        }
    }
    const bool last = slice.last && header.fin;
    // A header alone takes no memory on loan.
    if (slice.payload.empty() && !last) return std::optional<Piece>();
    if (partial_->compressed) {
        const auto inflated = inflate(slice, options);
        if (!inflated) return std::unexpected(inflated.error());
        return show(*inflated, last, options);
    }
    if (const auto fine = store(slice, options); !fine) return std::unexpected(fine.error());
    const bool in_place = options.delivery == Delivery::streamed;
    return show(in_place ? slice.payload : payload().readable(), last, options);
}

std::optional<PeerError> MessageAssembler::error_in(const FrameHeader& header,
                                                    const ConnectionOptions& options) const {
    const bool continues = header.opcode == Opcode::continuation;
    // RFC 6455 section 5.4: a continuation follows the first frame of its message, and only
    // control frames stand between the frames of one message.
    if (continues && !begun_) return PeerError::continuation_unexpected;
    if (!continues && begun_) return PeerError::message_interrupted;
    const bool compressed = continues ? partial_->compressed : header.rsv1;
    const std::uint64_t before = continues && !compressed ? partial_->bytes : 0;
    if (header.length > longest_frame(compressed, options.max_message_bytes) - before) {
        return PeerError::message_too_large;
    }
    return std::nullopt;
}

// Checks everything that a header says, before its payload is read.
std::expected<void, PeerError> MessageAssembler::begin_frame(const FrameHeader& header,
                                                             const ConnectionOptions& options) {
    if (const auto error = error_in(header, options)) return std::unexpected(*error);
    if (header.opcode != Opcode::continuation) begin_message(header);
    if (!partial_->compressed) partial_->bytes += header.length;
    if (header.fin) return {};
    // The charges count apart from the bytes, so that a message of exactly the limit may come in
    // fragments.
    partial_->charges += options.fragment_charge_bytes;
    if (partial_->charges > options.max_message_bytes) {
        return std::unexpected(PeerError::too_many_fragments);
    }
    return {};
}

// Reserves ahead: doubling would copy a long payload several times, into fresh pages each time.
void MessageAssembler::reserve(const FrameSlice& slice) {
    const std::uint64_t most = std::uint64_t{slice.payload.size()} * kReserveFactor;
    (void)payload().prepare(
        static_cast<std::size_t>(std::min<std::uint64_t>(slice.header.length, most)));
}

std::expected<void, PeerError> MessageAssembler::store(const FrameSlice& slice,
                                                       const ConnectionOptions& options) {
    if (options.delivery == Delivery::whole) {
        if (slice.first) reserve(slice);
        payload().append(slice.payload);
    }
    if (partial_->type != MessageType::text) return {};
    const bool last = slice.last && slice.header.fin;
    // RFC 6455 section 8.1: text that is not UTF-8 fails the connection.
    if (!partial_->utf8.feed(slice.payload) || (last && !partial_->utf8.complete())) {
        return std::unexpected(PeerError::text_not_utf8);
    }
    return {};
}

std::expected<Bytes, PeerError> MessageAssembler::inflate(const FrameSlice& slice,
                                                          const ConnectionOptions& options) {
    const bool last = slice.last && slice.header.fin;
    const bool whole = last && slice.whole() && slice.header.opcode != Opcode::continuation;
    Buffer& kept = payload();
    const std::size_t before = kept.size();
    const std::uint64_t budget = options.max_message_bytes - partial_->bytes;
    const auto inflated = inflation_->inflate(slice.payload, whole, last, budget, kept);
    const Bytes fresh = std::as_const(kept).readable().subspan(before);
    partial_->bytes += fresh.size();
    // The output before an error is checked first, so that the split of the input does not matter.
    if (partial_->type == MessageType::text && !partial_->utf8.feed(fresh)) {
        return std::unexpected(PeerError::text_not_utf8);
    }
    if (!inflated) return std::unexpected(error_for(inflated.error()));
    if (last && partial_->type == MessageType::text && !partial_->utf8.complete()) {
        return std::unexpected(PeerError::text_not_utf8);
    }
    return std::as_const(kept).readable();
}

std::optional<MessageAssembler::Piece> MessageAssembler::show(Bytes payload, bool last,
                                                              const ConnectionOptions& options) {
    const bool streamed = options.delivery == Delivery::streamed;
    if (!last && (!streamed || payload.empty())) return std::nullopt;
    partial_->complete = last;
    return Piece{partial_->type, payload, !std::exchange(partial_->shown, true), last};
}

}  // namespace tautline::websocket
