// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/error.hpp>
#include <tautline/transport/byte_stream.hpp>
#include <tautline/transport/certificate_check.hpp>
#include <tautline/transport/openssl.hpp>
#include <tautline/transport/tls_failure.hpp>
#include <tautline/transport/tls_state.hpp>

namespace tautline::transport {

/// One TLS connection without any I/O: bytes in, bytes out. `TlsStream` moves them.
///
/// Calling order: `receive`, then `shake_hands` until it is done, afterwards `read` and `write`;
/// after each call send what is in `output()`. After a failure only `failure()` and `output()` make
/// sense.
class TlsEngine {
public:
    /// Plaintext that fits into one record.
    static constexpr std::size_t kRecordBytes = 16'384;

    enum class Progress : std::uint8_t {
        done,        ///< The call succeeded.
        need_input,  ///< Everything received was used; more is needed.
        closed,      ///< The peer ended its half (close_notify).
        failed,      ///< See `failure()`.
    };
    struct Read {
        Progress progress;
        std::size_t count;
    };

    TlsEngine(const std::shared_ptr<const TlsClientContext>& context, const std::string& host);
    explicit TlsEngine(const std::shared_ptr<const TlsServerContext>& context);
    ~TlsEngine();
    TlsEngine(const TlsEngine&) = delete;
    TlsEngine& operator=(const TlsEngine&) = delete;

    /// Shows ciphertext to the calls that follow. It must stay until they have used it all, or
    /// until the next `receive`.
    void receive(Bytes ciphertext) { input_ = ciphertext; }
    /// What was received and not used yet.
    [[nodiscard]] Bytes unused() const { return input_; }
    /// Whether another `read` could give something.
    [[nodiscard]] bool has_more() const {
        return !input_.empty() || SSL_has_pending(ssl_.get()) == 1;
    }

    [[nodiscard]] Progress shake_hands();
    /// Decrypts at most one record. `room` should have `kRecordBytes`.
    [[nodiscard]] Read read(MutableBytes room);
    /// Encrypts one record of at most `kRecordBytes`. Returns false when that failed.
    [[nodiscard]] bool write(Bytes plaintext);
    /// Says that nothing more will be written.
    void close_notify();
    /// Gives back OpenSSL's record buffers, 33 KiB, unless they hold a part of a record. The next
    /// call that needs one allocates it.
    void release_buffers();

    /// Ciphertext to send. Its memory may be exchanged while it is empty.
    [[nodiscard]] Buffer& output() { return output_; }
    [[nodiscard]] const Error& failure() const { return failure_; }
    /// Fills in what TLS knows about the connection.
    void describe(StreamInfo& info) const;

private:
    struct Bio;

    TlsEngine(std::shared_ptr<const TlsState> state, TlsSide side);
    [[nodiscard]] Progress progress_after(int result);
    [[nodiscard]] Progress fail(Error error);
    [[nodiscard]] Progress check_agreement();
    void note_record();

    std::shared_ptr<const TlsState> state_;  // Keeps its context.
    CertificateCheck check_;
    OpensslPtr<SSL> ssl_;
    Bytes input_;
    Buffer output_;
    Error failure_;
    std::uint64_t records_ = 0;  // Received since the handshake, or within it.
    std::uint64_t data_records_ = 0;
    TlsSide side_;
    bool open_ = false;
    bool flooded_ = false;
    bool failed_ = false;
};

}  // namespace tautline::transport
