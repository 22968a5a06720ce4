// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace tautline::taut {

/// The SHA-256 of the first certificate of a PEM text, as browsers show it: "AB:CD:...". Empty when
/// there is none.
[[nodiscard]] std::string certificate_fingerprint(std::string_view pem);

/// The SHA-256 of its public key in base64, as `--pin` takes it. Empty when there is none.
[[nodiscard]] std::string pin_of_certificate(const std::string& pem);

}  // namespace tautline::taut
