// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include <tautline/base/time.hpp>

namespace tautline::taut {

/// How long to listen after the end of our input: many servers send nothing after our Close has
/// come, not even the answers to earlier messages.
///
/// Over when the peer has been quiet for a pause; at the latest after `kMostPauses` of them.
class QuietWait {
public:
    static constexpr int kMostPauses = 10;
    enum class End : std::uint8_t {
        quiet,
        too_long,  ///< The peer still spoke.
    };

    explicit QuietWait(Duration pause) : pause_(pause) {}

    /// Our side has nothing more to say; also when it turns out that nobody listened so far.
    void begin(Instant now) { begun_ = heard_ = now; }
    /// The peer said something.
    void hear(Instant now) { heard_ = now; }

    /// When to look again.
    [[nodiscard]] Instant due() const;
    [[nodiscard]] std::optional<End> end(Instant now) const;
    [[nodiscard]] Duration limit() const { return pause_ * kMostPauses; }

private:
    Duration pause_;
    Instant begun_;
    Instant heard_;
};

}  // namespace tautline::taut
