// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <tautline/base/random.hpp>
#include <tautline/server/response.hpp>

namespace tautline::taut {

/// web/index.html as it is in the tree.
extern const std::string_view kPageTemplate;

/// The page, with a policy that lets nothing run but what is in it: script and style carry a nonce
/// that is drawn for each answer.
[[nodiscard]] Response page_response(RandomBytes& random);

}  // namespace tautline::taut
