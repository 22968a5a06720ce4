// SPDX-License-Identifier: MIT
#include <tautline/session/session_error.hpp>

namespace tautline::session {

Error session_error(std::error_code code) {
    const bool misuse = code.category() == usage_category();
    return {
        .code = code, .phase = misuse ? Phase::usage : Phase::session, .message = code.message()};
}

Error session_error(const std::optional<Closed>& closed) {
    return session_error(closed && closed->error ? closed->error
                                                 : make_error_code(UsageError::closed));
}

}  // namespace tautline::session
