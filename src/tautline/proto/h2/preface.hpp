// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <tautline/base/bytes.hpp>

namespace tautline::h2 {

/// Whether a connection begins with the preface of HTTP/2.
enum class Preface : std::uint8_t { absent, partial, whole };

/// Compares the first bytes of a connection with the preface that a client of HTTP/2 sends.
///
/// Calling order: `receive` with what arrives, until it does not say `partial`.
/// Spec: RFC 9113 section 3.4.
class PrefaceDetector {
public:
    Preface receive(Bytes bytes);
    /// The bytes that were equal so far. They live as long as the program.
    [[nodiscard]] Bytes matched() const;

private:
    std::size_t matched_ = 0;
};

}  // namespace tautline::h2
