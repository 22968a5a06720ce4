// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include <tautline/proto/http/request_head.hpp>
#include <tautline/proto/http/response_head.hpp>

namespace tautline::http {

/// Which part of a head may not be sent. Nothing has been written.
struct HeadWriteError {
    std::string part;  ///< "a header name", "the value of header X-Y", "the request target", ...
};

/// Writes the head, the empty line included.
///
/// The one place where what we send is checked: a name must be a token, a value must be free of CR,
/// LF, NUL, other controls and of blanks at its ends, a target must be visible ASCII, a status from
/// 100 to 599, a reason phrase text (RFC 9110 sections 5 and 15, RFC 9112 sections 3 and 4). Bytes
/// above 0x7f are refused.
[[nodiscard]] std::expected<std::string, HeadWriteError> write_head(const RequestHead& head);
[[nodiscard]] std::expected<std::string, HeadWriteError> write_head(const ResponseHead& head);

}  // namespace tautline::http
