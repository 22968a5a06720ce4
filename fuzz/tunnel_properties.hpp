// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <tautline/base/assert.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/proxy_error.hpp>

namespace tautline::fuzz {

inline constexpr std::string_view kSecret = "hunter2";

/// What can be told of a machine that opens a tunnel, as a text to compare.
template <typename Machine>
std::string outcome_of(Machine& machine) {
    std::string text = std::to_string(static_cast<int>(machine.state())) + "|";
    text += as_text(machine.rest().readable());
    if (machine.state() == Machine::State::failed) text += machine.error().to_string();
    return text;
}

/// Whatever came, a failure has a documented code, and words without a secret.
template <typename Machine>
void check_failure(Machine& machine) {
    if (machine.state() != Machine::State::failed) return;
    const auto& error = machine.error();
    TAUTLINE_ASSERT(error.code.category() == proxy_category());
    TAUTLINE_ASSERT(name_for(static_cast<ProxyError>(error.code.value())) != "unknown");
    TAUTLINE_ASSERT(error.message.find(kSecret) == std::string::npos);
    TAUTLINE_ASSERT(machine.take_request().empty() && machine.rest().empty());
    TAUTLINE_ASSERT(!error.refusal || error.refusal->body.size() <= 1024);
}

}  // namespace tautline::fuzz
