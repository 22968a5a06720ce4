// SPDX-License-Identifier: MIT
#pragma once

namespace tautline::http {

/// How many interim responses (1xx) are taken before the response. One or two are usual.
inline constexpr int kMaxInterimResponses = 8;

}  // namespace tautline::http
