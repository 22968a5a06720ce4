// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <tautline/proto/http/field_list.hpp>
#include <tautline/proto/http/uri.hpp>

namespace tautline {

/// Sees the handshake of a client go by, once for each request: a redirect or a second try with
/// credentials is another one. Interceptors are called in their order; either function may be
/// empty. When one throws the call fails with `UsageError::handler_threw`; `ClientOptions` says
/// what becomes of other hooks that throw.
///
/// Once another origin has redirected the call, Authorization, Cookie and Proxy-Authorization are
/// not taken from an interceptor any more, as nothing secret of `ClientOptions` is sent there;
/// `authenticate` and `cookies` are asked by URL, and have them. What is secret under another name
/// an interceptor sets only where `uri` is the place that it is for.
///
/// Threads: called on the loop of the connection.
struct Interceptor {
    /// May change what is sent besides the fields that the handshake itself needs.
    std::function<void(const http::Uri& uri, http::FieldList& fields)> on_request;
    /// Sees every answer, those that refuse too.
    std::function<void(const http::Uri& uri, int status, const http::FieldList& fields)>
        on_response;
};

}  // namespace tautline
