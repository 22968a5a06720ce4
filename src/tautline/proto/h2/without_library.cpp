// SPDX-License-Identifier: MIT
// In the place of library_session.cpp when TAUTLINE_HTTP2 is OFF. HTTP/2 is never agreed on then,
// so that no session is made; one that was made could do nothing.
#include <tautline/base/assert.hpp>
#include <tautline/proto/h2/library_session.hpp>

namespace tautline::h2 {

void LibrarySession::Delete::operator()(nghttp2_session*) const {}

LibrarySession::LibrarySession(Role, const Options&, std::size_t, LibraryEvents&) {
    TAUTLINE_ASSERT(kBuiltIn);
}

std::expected<void, ErrorCode> LibrarySession::receive(Bytes) { return {}; }
Bytes LibrarySession::next_output() { return {}; }
std::optional<std::int32_t> LibrarySession::submit_request(const OutgoingHead&, bool) { return {}; }
void LibrarySession::submit_response(std::int32_t, const OutgoingHead&, bool) {}
void LibrarySession::resume(std::int32_t) {}
void LibrarySession::submit_reset(std::int32_t, ErrorCode) {}
void LibrarySession::submit_shutdown_notice() {}
void LibrarySession::submit_goaway() {}
void LibrarySession::submit_ping() {}
void LibrarySession::terminate(ErrorCode) {}
void LibrarySession::consume_stream(std::int32_t, std::size_t) {}
void LibrarySession::consume_connection(std::size_t) {}
std::int32_t LibrarySession::stream_window(std::int32_t) const { return 0; }
std::int32_t LibrarySession::connection_window() const { return 0; }
bool LibrarySession::peer_takes_extended_connect() const { return false; }
std::uint32_t LibrarySession::peer_max_streams() const { return 0; }
bool LibrarySession::may_request() const { return false; }
bool LibrarySession::done() const { return true; }

}  // namespace tautline::h2
