// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/http/request_head.hpp>
#include <tautline/proto/http/response_head.hpp>

namespace tautline::http {

/// What was wrong with a head that the peer sent.
enum class HeadError : std::uint8_t {
    malformed,            ///< Not HTTP: bare LF or CR, NUL, space before a colon, ...
    target_too_long,      ///< The request line is over `HeadLimits::line_bytes`.
    line_too_long,        ///< A status or header line is over `HeadLimits::line_bytes`.
    too_large,            ///< The head is over `HeadLimits::head_bytes`.
    too_many_fields,      ///< More than `HeadLimits::fields`.
    version_unsupported,  ///< Well-formed, but not HTTP/1.0 or HTTP/1.1.
};

/// The status that a server answers a bad request head with: 400, 414, 431 or 505.
[[nodiscard]] int http_status_for(HeadError error);

struct HeadLimits {
    std::size_t head_bytes = 16 * 1024;
    std::size_t line_bytes = 8 * 1024;  ///< Of each line, the first too; without its CR LF. A value
                                        ///< of several lines is bounded by `head_bytes` alone.
    std::size_t fields = 100;

    friend bool operator==(const HeadLimits&, const HeadLimits&) = default;
};

/// Reads one head from bytes that arrive in any pieces; looks at each byte once.
///
/// Call `receive` with what arrived; it takes bytes up to and including the empty line and says how
/// many it took: the rest belongs to what follows. A reader that failed stays failed; one that gave
/// a head is used up.
/// Strict: lines end in CR LF, no space before the colon, no control bytes in values. A line that
/// begins with a blank (obs-fold) goes on with the field before it in a response, and is malformed
/// in a request. What cannot begin a head at all, such as a TLS record, fails at its first byte.
/// Limits: fails at the byte that crosses a limit, whatever comes after it. The result does not
/// depend on how the bytes were split.
/// Spec: RFC 9112 sections 2 to 5.
template <typename Head>
class HeadReader {
public:
    explicit HeadReader(HeadLimits limits = {});

    struct Progress {
        std::size_t taken = 0;     ///< Bytes of the input that belong to the head.
        std::optional<Head> head;  ///< Set once the head is complete.
    };
    [[nodiscard]] std::expected<Progress, HeadError> receive(Bytes bytes);

    /// Whether nothing has arrived yet: an idle keep-alive connection.
    [[nodiscard]] bool untouched() const { return head_bytes_ == 0; }

private:
    enum class Part : std::uint8_t { first_line, fields, complete, failed };

    std::expected<void, HeadError> take_piece(std::string_view& rest);
    std::expected<void, HeadError> finish_line(std::string_view line);
    [[nodiscard]] HeadError line_error() const;
    HeadError fail(HeadError error);

    HeadLimits limits_;
    Head head_;
    std::string line_;  // the part of a line that came in earlier pieces
    std::size_t head_bytes_ = 0;
    Part part_ = Part::first_line;
    HeadError error_ = HeadError::malformed;
    bool skipped_empty_line_ = false;
};

using RequestReader = HeadReader<RequestHead>;
using ResponseReader = HeadReader<ResponseHead>;

}  // namespace tautline::http
