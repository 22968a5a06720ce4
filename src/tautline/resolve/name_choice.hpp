// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tautline/proto/eyeballs/output.hpp>

namespace tautline::resolve {

/// What name servers say of a name when they are asked for one type.
enum class Finding : std::uint8_t {
    exists,        ///< Records of this type.
    empty,         ///< NOERROR, and none of this type.
    no_such_name,  ///< NXDOMAIN.
    failed,        ///< SERVFAIL, no answer, ...
};

/// Which of its candidates a host name stands for: one for all types, so that the address of one
/// name never meets the records of another. It is the first that is not told to be missing.
///
///     exists, of any type ──▶ chosen
///     empty of A ───────────▶ chosen: the name is there
///     no_such_name of A ────▶ the next candidate; the last is chosen in any case
///     failed of A ──────────▶ chosen: a server that does not answer leads nowhere else
///
/// That there is nothing is believed of A alone: there are servers that say of every name that it
/// has no AAAA, and others that every type they do not know makes a name missing.
///
/// Calling order: while it is not `settled`, ask for A of `name()`, and hand in what comes.
class NameChoice {
public:
    /// `candidates` is not empty.
    explicit NameChoice(std::vector<std::string> candidates)
        : candidates_(std::move(candidates)), settled_(candidates_.size() == 1) {}

    /// The candidate that is looked at, or was chosen.
    [[nodiscard]] const std::string& name() const { return candidates_[at_]; }
    [[nodiscard]] bool settled() const { return settled_; }
    /// What is about another name, or comes when all is settled, changes nothing.
    void handle(std::string_view name, eyeballs::RecordType type, Finding finding);

private:
    std::vector<std::string> candidates_;
    std::size_t at_ = 0;
    bool settled_;
};

}  // namespace tautline::resolve
