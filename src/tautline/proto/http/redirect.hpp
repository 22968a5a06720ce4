// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include <tautline/proto/http/field_list.hpp>
#include <tautline/proto/http/response_head.hpp>
#include <tautline/proto/http/uri.hpp>

namespace tautline::http {

/// Why a redirect is not followed.
enum class RedirectError : std::uint8_t {
    location_missing,    ///< No Location, or several.
    location_invalid,    ///< It is no reference to a URL.
    scheme_unsupported,  ///< It leads to file:, http+unix: or the like.
    downgrade,           ///< From wss to ws.
    loop,                ///< It leads back to a URL of this call, and circles are refused.
    too_many,            ///< More than the limit.
};

/// Says what is wrong and what to do, in a sentence. Quotes nothing of the Location.
[[nodiscard]] std::string_view message_for(RedirectError error);

/// Whether a status sends the client elsewhere: 301, 302, 303, 307, 308. For the GET of a handshake
/// they all mean the same.
[[nodiscard]] bool is_redirect(int status);

/// Resolves a reference against the URL that it was found at (RFC 3986 section 5.2). The fragment
/// and the userinfo of the reference are dropped; http is read as ws.
/// Fails with `location_invalid` or `scheme_unsupported`.
[[nodiscard]] std::expected<Uri, RedirectError> resolve_reference(const Uri& base,
                                                                  std::string_view reference);

/// Whether both have the same scheme, host and port, or the same Unix socket.
[[nodiscard]] bool same_origin(const Uri& a, const Uri& b);

/// The fields of an application that may be sent again after a redirect to another origin: only
/// those that hold no secret (Accept, Accept-Language, User-Agent). An application's own field may
/// be as secret as Authorization or Cookie.
[[nodiscard]] FieldList fields_for_other_origin(const FieldList& fields);

/// Puts Authorization, Cookie and Proxy-Authorization back to what they are in `before`: what
/// somebody has set who may not know that the request goes to another origin.
void restore_credentials(FieldList& fields, const FieldList& before);

/// What to do with a redirect back to a URL of this call. The same request would get the same
/// answer, but a cookie of that answer, or an interceptor, may change the request.
enum class Circles : std::uint8_t {
    refused,
    followed,  ///< Only the limit ends them.
};

/// Follows the redirects of one call.
///
/// Call `follow` with each response for which `is_redirect` holds; then send the request again to
/// `current()`, without anything secret if `left_origin()`: once another origin has decided where
/// the call goes, nothing secret is sent any more, even if it leads back.
class RedirectTrail {
public:
    explicit RedirectTrail(const Uri& start, int limit = 5, Circles circles = Circles::refused);

    /// After a failure nothing has changed.
    [[nodiscard]] std::expected<void, RedirectError> follow(const ResponseHead& response);

    /// Has the userinfo of the first URL as long as `left_origin()` is false.
    [[nodiscard]] const Uri& current() const { return visited_.back(); }
    [[nodiscard]] bool left_origin() const { return left_origin_; }
    /// How many redirects were followed.
    [[nodiscard]] int count() const { return static_cast<int>(visited_.size()) - 1; }

private:
    std::vector<Uri> visited_;
    int limit_;
    Circles circles_;
    bool left_origin_ = false;
};

}  // namespace tautline::http
