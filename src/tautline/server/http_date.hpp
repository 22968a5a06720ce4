// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

namespace tautline::server {

/// "Sun, 06 Nov 1994 08:49:37 GMT": RFC 9110 section 5.6.7. For the years 0 to 9999.
[[nodiscard]] std::string http_date(std::chrono::sys_seconds time);
/// That of the system's clock now.
[[nodiscard]] std::string http_date_now();

}  // namespace tautline::server
