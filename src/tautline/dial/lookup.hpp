// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>

#include <tautline/dial/operation.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/proto/eyeballs/dns_phase.hpp>
#include <tautline/proto/eyeballs/output.hpp>

namespace tautline::dial {

using OnAnswer = std::move_only_function<void(eyeballs::Answer, eyeballs::Freshness)>;

using LookUp =
    std::function<std::unique_ptr<Operation>(io::Loop&, const eyeballs::SendQuery&, OnAnswer)>;

/// Asks what a race wants to know of a name.
[[nodiscard]] std::unique_ptr<Operation> look_up(io::Loop& loop, const eyeballs::SendQuery& query,
                                                 OnAnswer done);

}  // namespace tautline::dial
