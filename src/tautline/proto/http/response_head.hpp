// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <tautline/proto/http/field_list.hpp>

namespace tautline::http {

/// The status line and the header fields of a response, as values.
struct ResponseHead {
    int status = 200;
    std::string reason;  ///< Empty: the standard phrase of the status is written.
    int version_minor = 1;
    FieldList fields;
    int version_major = 1;  ///< Both as in `RequestHead`.

    /// 1xx, but for 101: the response is still to come (RFC 9110 section 15.2).
    [[nodiscard]] bool is_interim() const { return status >= 100 && status < 200 && status != 101; }
};

/// How many interim responses are taken before the response. One or two are usual.
inline constexpr int kMaxInterimResponses = 8;

/// The standard phrase of a status: "Not Found". Empty when there is none.
[[nodiscard]] std::string_view reason_phrase_for(int status);

}  // namespace tautline::http
