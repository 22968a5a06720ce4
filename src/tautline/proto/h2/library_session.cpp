// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/library_session.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include <nghttp2/nghttp2.h>

#include <tautline/base/assert.hpp>

namespace tautline::h2 {

namespace {

LibraryEvents& events_of(void* user) { return *static_cast<LibraryEvents*>(user); }

Bytes bytes_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const std::byte*>(data), size};
}

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return as_text(bytes_of(data, size));
}

Frame describe(const nghttp2_frame_hd& header) {
    const auto type = static_cast<FrameType>(header.type);
    const bool has_end = type == FrameType::data || type == FrameType::headers;
    return {.type = type,
            .stream = header.stream_id,
            .payload_bytes = header.length,
            .ack = !has_end && (header.flags & NGHTTP2_FLAG_ACK) != 0,
            .end_stream = has_end && (header.flags & NGHTTP2_FLAG_END_STREAM) != 0};
}

Frame describe(const nghttp2_frame& whole) {
    Frame frame = describe(whole.hd);
    if (frame.type == FrameType::data) frame.payload_bytes -= whole.data.padlen;
    if (frame.type == FrameType::rst_stream) frame.code = whole.rst_stream.error_code;
    if (frame.type == FrameType::goaway) frame.code = whole.goaway.error_code;
    return frame;
}

// ── what nghttp2 calls ──
// With the parameters that it wants.
// NOLINTBEGIN(readability-function-size)

int begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* user) {
    events_of(user).begin_frame(describe(*header));
    return 0;
}

int receive_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    events_of(user).receive_frame(describe(*frame));
    return 0;
}

int begin_head(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    events_of(user).begin_head(frame->hd.stream_id, frame->headers.cat == NGHTTP2_HCAT_REQUEST);
    return 0;
}

int receive_field(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                  std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                  std::uint8_t, void* user) {
    const bool goes_on = events_of(user).receive_field(
        frame->hd.stream_id, text_of(name, name_size), text_of(value, value_size));
    // nghttp2 then decodes the rest without calling us: its table of HPACK must stay right.
    return goes_on ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

// RFC 9113 section 8.2.1: such a message is malformed. nghttp2 would only leave the field out.
int refuse_field(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t*,
                 std::size_t, const std::uint8_t*, std::size_t, std::uint8_t, void*) {
    (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                    NGHTTP2_PROTOCOL_ERROR);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int receive_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
                 std::size_t size, void* user) {
    events_of(user).receive_data(stream, bytes_of(data, size));
    return 0;
}

int close_stream(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* user) {
    events_of(user).close_stream(stream, code);
    return 0;
}

int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    events_of(user).frame_sent(describe(*frame));
    return 0;
}

ssize_t next_data(nghttp2_session*, std::int32_t stream, std::uint8_t*, std::size_t limit,
                  std::uint32_t* flags, nghttp2_data_source*, void* user) {
    const auto data = events_of(user).next_data(stream, limit);
    if (!data) return NGHTTP2_ERR_DEFERRED;
    if (data->end_stream) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (data->bytes > 0) *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    return static_cast<ssize_t>(data->bytes);
}

int put_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* header, std::size_t bytes,
             nghttp2_data_source*, void* user) {
    constexpr std::size_t kFrameHeaderBytes = 9;
    events_of(user).put_data(bytes_of(header, kFrameHeaderBytes), bytes);
    return 0;
}

// NOLINTEND(readability-function-size)

// ── setting up ──

using Callbacks =
    std::unique_ptr<nghttp2_session_callbacks,
                    decltype([](auto* made) { nghttp2_session_callbacks_del(made); })>;
using LibraryOptions =
    std::unique_ptr<nghttp2_option, decltype([](auto* made) { nghttp2_option_del(made); })>;

Callbacks make_callbacks() {
    nghttp2_session_callbacks* made = nullptr;
    TAUTLINE_ASSERT(nghttp2_session_callbacks_new(&made) == 0);
    nghttp2_session_callbacks_set_on_begin_frame_callback(made, begin_frame);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, receive_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, begin_head);
    nghttp2_session_callbacks_set_on_header_callback(made, receive_field);
    nghttp2_session_callbacks_set_on_invalid_header_callback(made, refuse_field);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, receive_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, close_stream);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, frame_sent);
    nghttp2_session_callbacks_set_send_data_callback(made, put_data);
    return Callbacks(made);
}

LibraryOptions make_options(const Options& options) {
    nghttp2_option* made = nullptr;
    TAUTLINE_ASSERT(nghttp2_option_new(&made) == 0);
    nghttp2_option_set_no_auto_window_update(made, 1);
    nghttp2_option_set_no_closed_streams(made, 1);
    nghttp2_option_set_max_settings(made, options.max_settings);
    nghttp2_option_set_max_continuations(made, options.max_continuations);
    // Whole heads are measured before they come here; this must not be the smaller bound.
    nghttp2_option_set_max_send_header_block_length(made, 2 * kMaxOutgoingHeadBytes);
    nghttp2_option_set_max_outbound_ack(made, options.max_unsent_acks);
    // `FloodGuard` limits resets instead: it counts those of both sides, and its time is an
    // argument.
    nghttp2_option_set_stream_reset_rate_limit(made, std::numeric_limits<std::uint64_t>::max(), 0);
    return LibraryOptions(made);
}

// Firefox expects ENABLE_CONNECT_PROTOCOL first.
void submit_settings(nghttp2_session* session, Role role, const Options& options,
                     std::size_t head_bytes) {
    const bool server = role == Role::server;
    constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
    const auto head = static_cast<std::uint32_t>(std::min(head_bytes, kMost));
    const std::array<nghttp2_settings_entry, 5> entries = {{
        server ? nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL,
                                        options.extended_connect ? 1U : 0U}
               : nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.stream_window_bytes},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, head},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    }};
    TAUTLINE_ASSERT(
        nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), entries.size()) == 0);
    TAUTLINE_ASSERT(nghttp2_session_set_local_window_size(
                        session, NGHTTP2_FLAG_NONE, 0,
                        static_cast<std::int32_t>(options.connection_window_bytes)) == 0);
}

std::vector<nghttp2_nv> name_values(const OutgoingHead& head) {
    std::vector<nghttp2_nv> list;
    list.reserve(head.size());
    // The library copies the strings at once; its types just do not say const.
    const auto data = [](const std::string& text) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    for (const auto& [name, value] : head) {
        list.push_back({data(name), data(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    return list;
}

// The first is what nghttp2 says of a peer that does not speak HTTP/2 at all.
ErrorCode code_for(ssize_t failure) {
    switch (failure) {
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC: return ErrorCode::protocol_error;
        case NGHTTP2_ERR_NOMEM: return ErrorCode::internal_error;
        default: return ErrorCode::enhance_your_calm;
    }
}

}  // namespace

void LibrarySession::Delete::operator()(nghttp2_session* session) const {
    nghttp2_session_del(session);
}

LibrarySession::LibrarySession(Role role, const Options& options, std::size_t head_bytes,
                               LibraryEvents& events) {
    const Callbacks callbacks = make_callbacks();
    const LibraryOptions library_options = make_options(options);
    nghttp2_session* made = nullptr;
    const auto make =
        role == Role::server ? nghttp2_session_server_new2 : nghttp2_session_client_new2;
    TAUTLINE_ASSERT(make(&made, callbacks.get(), &events, library_options.get()) == 0);
    session_.reset(made);
    submit_settings(made, role, options, head_bytes);
}

std::expected<void, ErrorCode> LibrarySession::receive(Bytes bytes) {
    const ssize_t taken = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (taken < 0) return std::unexpected(code_for(taken));
    return {};
}

Bytes LibrarySession::next_output() {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    // This fails only without memory, or when a callback fails.
    TAUTLINE_ASSERT(size >= 0);
    return bytes_of(data, static_cast<std::size_t>(size));
}

std::optional<std::int32_t> LibrarySession::submit_request(const OutgoingHead& head, bool tunnel) {
    const std::vector<nghttp2_nv> list = name_values(head);
    const nghttp2_data_provider provider{.source = {}, .read_callback = next_data};
    const std::int32_t stream = nghttp2_submit_request(
        session_.get(), nullptr, list.data(), list.size(), tunnel ? &provider : nullptr, nullptr);
    if (stream < 0) return std::nullopt;
    return stream;
}

// Without a provider the head would end the stream.
void LibrarySession::submit_response(std::int32_t stream, const OutgoingHead& head,
                                     bool data_follows) {
    const std::vector<nghttp2_nv> list = name_values(head);
    const nghttp2_data_provider provider{.source = {}, .read_callback = next_data};
    (void)nghttp2_submit_response(session_.get(), stream, list.data(), list.size(),
                                  data_follows ? &provider : nullptr);
}

void LibrarySession::resume(std::int32_t stream) {
    (void)nghttp2_session_resume_data(session_.get(), stream);
}

void LibrarySession::submit_reset(std::int32_t stream, ErrorCode code) {
    (void)nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream,
                                    static_cast<std::uint32_t>(code));
}

void LibrarySession::submit_shutdown_notice() {
    (void)nghttp2_submit_shutdown_notice(session_.get());
}

void LibrarySession::submit_goaway() {
    (void)nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                                nghttp2_session_get_last_proc_stream_id(session_.get()),
                                NGHTTP2_NO_ERROR, nullptr, 0);
}

void LibrarySession::submit_ping() {
    (void)nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
}

void LibrarySession::terminate(ErrorCode code) {
    (void)nghttp2_session_terminate_session(session_.get(), static_cast<std::uint32_t>(code));
}

void LibrarySession::consume_stream(std::int32_t stream, std::size_t bytes) {
    (void)nghttp2_session_consume_stream(session_.get(), stream, bytes);
}

void LibrarySession::consume_connection(std::size_t bytes) {
    (void)nghttp2_session_consume_connection(session_.get(), bytes);
}

std::int32_t LibrarySession::stream_window(std::int32_t stream) const {
    return nghttp2_session_get_stream_remote_window_size(session_.get(), stream);
}

std::int32_t LibrarySession::connection_window() const {
    return nghttp2_session_get_remote_window_size(session_.get());
}

bool LibrarySession::peer_takes_extended_connect() const {
    return nghttp2_session_get_remote_settings(session_.get(),
                                               NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

std::uint32_t LibrarySession::peer_max_streams() const {
    return nghttp2_session_get_remote_settings(session_.get(),
                                               NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool LibrarySession::may_request() const {
    return nghttp2_session_check_request_allowed(session_.get()) != 0;
}

bool LibrarySession::done() const {
    return nghttp2_session_want_read(session_.get()) == 0 &&
           nghttp2_session_want_write(session_.get()) == 0;
}

}  // namespace tautline::h2
