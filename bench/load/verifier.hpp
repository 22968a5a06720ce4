// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <zlib.h>

namespace bench {

/// Compares the first answers that one connection gets with what was sent: a server that is fast
/// because it answers something else does not count.
class Verifier {
public:
    explicit Verifier(bool takeover) : takeover_(takeover) { ::inflateInit2(&stream_, -15); }
    ~Verifier() { ::inflateEnd(&stream_); }
    Verifier(const Verifier&) = delete;
    Verifier& operator=(const Verifier&) = delete;

    /// `first` is the first byte of the header of the frame that `piece` belongs to.
    void add(unsigned first, std::string_view piece) {
        if ((first & 0x0f) != 0) compressed_ = (first & 0x40) != 0;
        message_ += piece;
    }

    /// The message is complete: whether it is what was expected.
    bool check(const std::string& expected) {
        const std::string got = compressed_ ? inflated(expected.size()) : message_;
        message_.clear();
        return got == expected;
    }

private:
    std::string inflated(std::size_t expected) {
        message_.append("\x00\x00\xff\xff", 4);
        std::string out(expected + 1, '\0');
        stream_.next_in = reinterpret_cast<Bytef*>(message_.data());
        stream_.avail_in = static_cast<uInt>(message_.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        ::inflate(&stream_, Z_SYNC_FLUSH);
        out.resize(out.size() - stream_.avail_out);
        if (!takeover_) ::inflateReset(&stream_);
        return out;
    }

    z_stream stream_{};
    bool takeover_;
    bool compressed_ = false;
    std::string message_;
};

}  // namespace bench
