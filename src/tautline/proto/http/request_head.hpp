// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <tautline/proto/http/field_list.hpp>

namespace tautline::http {

/// The request line and the header fields of a request, as values.
struct RequestHead {
    std::string method;
    std::string target;     ///< As received, in origin-form: "/chat?room=1".
    int version_minor = 1;  ///< HTTP/1.x; only 0 and 1 exist. 1 for what is newer than HTTP/1.1.
    FieldList fields = {};
    int version_major = 1;  ///< 2: over HTTP/2.

    [[nodiscard]] bool is_http10() const { return version_major == 1 && version_minor == 0; }
    /// The target up to the first '?', still percent-encoded.
    [[nodiscard]] std::string_view path() const;
    /// What follows the first '?', without it; empty when there is none.
    [[nodiscard]] std::string_view query() const;
};

}  // namespace tautline::http
