// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace tautline::proxy {

/// Whether the list in `no_proxy` names `host`, so that it is reached without a proxy.
///
///     *                      every host; only when it is the whole list
///     example.org            that host and every one below it; so do .example.org, example.org.
///     192.0.2.1, 2001:db8::1 that address
///     10.0.0.0/8, fd00::/8   the addresses of that network; /0 and no number: only that address
///
/// Commas, blanks or both separate. A name with a port or with "*." names nothing. All of this is
/// as in curl, except for IPv6 addresses: curl 7.88 compares them as text, here they are addresses,
/// with or without brackets.
/// `host` is a name or an address, with or without brackets. Names are never resolved.
[[nodiscard]] bool is_bypassed(std::string_view no_proxy, std::string_view host);

}  // namespace tautline::proxy
