// SPDX-License-Identifier: MIT
#include <tautline/transport/tls_engine.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include <tautline/base/ascii.hpp>
#include <tautline/base/assert.hpp>

namespace tautline::transport {

namespace {

// A handshake takes a dozen records, a few more with long chains.
constexpr std::uint64_t kHandshakeRecords = 512;
// Session tickets, some key updates: rare records. Each makes us compute or answer, so their number
// must stay below a share of the data records.
constexpr std::uint64_t kOtherRecords = 32;
constexpr std::uint64_t kDataRecordsForOne = 8;

Error tls_failed(std::string message) {
    return {.code = TransportError::tls_failed, .phase = Phase::tls, .message = std::move(message)};
}

// Drops errors that other code left in the queue of this thread. It is empty nearly always, and
// clearing it is slow.
void clear_errors() {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

// "[::1]" and "example.org." as certificates spell them.
std::string plain_host(std::string_view host) {
    host = without_brackets(host);
    if (host.ends_with('.')) host.remove_suffix(1);
    return std::string(host);
}

}  // namespace

// OpenSSL's view of the engine: reads what was received, writes into the output. There is no copy
// but the one into and out of OpenSSL itself.
struct TlsEngine::Bio {
    static TlsEngine& engine_of(BIO* bio) { return *static_cast<TlsEngine*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* room, int size) {
        TlsEngine& engine = engine_of(bio);
        BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
        // Without the flag to retry this is an error, and OpenSSL leaves its loop.
        if (engine.flooded_) return -1;
        if (engine.input_.empty()) {
            BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
            return -1;
        }
        const std::size_t count = std::min(static_cast<std::size_t>(size), engine.input_.size());
        std::memcpy(room, engine.input_.data(), count);
        engine.input_ = engine.input_.subspan(count);
        return static_cast<int>(count);
    }

    static int write(BIO* bio, const char* data, int size) {
        engine_of(bio).output_.append(as_bytes({data, static_cast<std::size_t>(size)}));
        return size;
    }

    static long control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }

    static BIO_METHOD* make_method() {
        BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tautline");
        TAUTLINE_ASSERT(method);
        BIO_meth_set_read(method, &read);
        BIO_meth_set_write(method, &write);
        BIO_meth_set_ctrl(method, &control);
        return method;
    }

    static BIO_METHOD* method() {
        static BIO_METHOD* const made = make_method();
        return made;
    }

    // NOLINTNEXTLINE(readability-function-size): the parameters are those of OpenSSL
    static void note_message(int written, int /*version*/, int type, const void* /*data*/,
                             std::size_t /*size*/, SSL* /*ssl*/, void* engine) {
        if (written == 0 && type == SSL3_RT_HEADER) static_cast<TlsEngine*>(engine)->note_record();
    }
};

TlsEngine::TlsEngine(std::shared_ptr<const TlsState> state, TlsSide side)
    : state_(std::move(state)),
      check_{.rules = &state_->rules, .host = {}, .rejection = {}},
      ssl_(SSL_new(state_->context.get())),
      side_(side) {
    BIO* bio = BIO_new(Bio::method());
    TAUTLINE_ASSERT(ssl_ && bio);
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_msg_callback(ssl_.get(), &Bio::note_message);
    SSL_set_msg_callback_arg(ssl_.get(), this);
}

TlsEngine::TlsEngine(const std::shared_ptr<const TlsClientContext>& context,
                     const std::string& host)
    : TlsEngine({context, &context->state()}, TlsSide::client) {
    check_.host = plain_host(host);
    // An empty name would switch the check of the name off.
    const bool usable = !check_.host.empty() && install_check(ssl_.get(), check_);
    if (!usable) (void)fail(tls_failed("there is no usable host name to verify."));
    if (usable && !is_ip_address(check_.host)) {
        // RFC 6066 section 3: addresses are not sent as names.
        SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 check_.host.data());
    }
    SSL_set_connect_state(ssl_.get());
}

TlsEngine::TlsEngine(const std::shared_ptr<const TlsServerContext>& context)
    : TlsEngine({context, &context->state()}, TlsSide::server) {
    (void)install_check(ssl_.get(), check_);
    SSL_set_accept_state(ssl_.get());
}

TlsEngine::~TlsEngine() = default;

TlsEngine::Progress TlsEngine::shake_hands() {
    if (failed_) return Progress::failed;
    clear_errors();
    const int result = SSL_do_handshake(ssl_.get());
    if (result != 1) return progress_after(result);
    open_ = true;
    records_ = 0;
    return check_agreement();
}

// RFC 7301 section 3.2: a server answers with one of the protocols that were offered. OpenSSL
// checks it only since 3.0.15.
TlsEngine::Progress TlsEngine::check_agreement() {
    StreamInfo info;
    describe(info);
    if (side_ == TlsSide::server || info.alpn.empty()) return Progress::done;
    const AlpnList& offered = state_->alpn;
    if (std::ranges::find(offered, info.alpn) != offered.end()) return Progress::done;
    return fail(tls_failed("the server chose a protocol (ALPN) that was not offered."));
}

TlsEngine::Read TlsEngine::read(MutableBytes room) {
    if (failed_) return {Progress::failed, 0};
    clear_errors();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), room.data(), room.size(), &count);
    if (result != 1) return {progress_after(result), 0};
    if (SSL_pending(ssl_.get()) == 0) ++data_records_;
    return {Progress::done, count};
}

bool TlsEngine::write(Bytes plaintext) {
    TAUTLINE_ASSERT(plaintext.size() <= kRecordBytes);
    if (failed_) return false;
    clear_errors();
    std::size_t count = 0;
    const int result = SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &count);
    if (result == 1 && count == plaintext.size()) return true;
    (void)fail(tls_error_for(ERR_peek_last_error(), side_));
    return false;
}

void TlsEngine::close_notify() {
    if (failed_) return;
    clear_errors();
    SSL_shutdown(ssl_.get());
}

void TlsEngine::release_buffers() {
    // SSL_free_buffers looks itself only since 3.0.14 (CVE-2024-4741): before, it frees a buffer
    // also while OpenSSL waits for the rest of a record. "RH": a header is to be read next.
    const bool between_records =
        SSL_has_pending(ssl_.get()) == 0 && std::string_view(SSL_rstate_string(ssl_.get())) == "RH";
    if (between_records) SSL_free_buffers(ssl_.get());
}

TlsEngine::Progress TlsEngine::progress_after(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ: return Progress::need_input;
        case SSL_ERROR_ZERO_RETURN: return Progress::closed;
        default: break;
    }
    if (!check_.rejection.empty()) return fail(rejection_error(check_.rejection, side_));
    if (flooded_) return fail(tls_failed("the peer sends too many records that carry no data."));
    return fail(tls_error_for(ERR_peek_last_error(), side_));
}

TlsEngine::Progress TlsEngine::fail(Error error) {
    failed_ = true;
    failure_ = std::move(error);
    input_ = {};
    ERR_clear_error();
    return Progress::failed;
}

void TlsEngine::note_record() {
    ++records_;
    const std::uint64_t allowed =
        open_ ? kOtherRecords + data_records_ + data_records_ / kDataRecordsForOne
              : kHandshakeRecords;
    if (records_ > allowed) flooded_ = true;
}

void TlsEngine::describe(StreamInfo& info) const {
    info.secure = true;
    info.tls_version = SSL_get_version(ssl_.get());
    if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get())) {
        info.tls_cipher = SSL_CIPHER_get_name(cipher);
    }
    const unsigned char* alpn = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &alpn, &size);
    if (size > 0) info.alpn.assign(reinterpret_cast<const char*>(alpn), size);
    X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    if (!certificate) return;
    const OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    info.peer_subject = text_of(out.get());
}

}  // namespace tautline::transport
