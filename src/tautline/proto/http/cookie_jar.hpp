// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <tautline/proto/http/uri.hpp>

namespace tautline::http {

/// Where an application keeps cookies; the library has no jar of its own.
///
/// The jar decides which cookies fit a URL (RFC 6265 section 5.4): it is asked again for every hop
/// of a redirect. Its answer is sent as it is, if it is a valid field value.
/// Lifetime: outlives every connection that uses it.
/// Threads: called on the loop of the connection; a jar that several loops share must lock.
class CookieJar {
public:
    CookieJar() = default;
    CookieJar(const CookieJar&) = delete;
    CookieJar& operator=(const CookieJar&) = delete;
    virtual ~CookieJar() = default;

    /// The value of `Cookie` for a request to `uri`; empty sends none.
    [[nodiscard]] virtual std::string cookies_for(const Uri& uri) = 0;
    /// One `Set-Cookie` of a response from `uri`, of any status.
    virtual void receive_cookie(const Uri& uri, std::string_view set_cookie) = 0;
};

}  // namespace tautline::http
