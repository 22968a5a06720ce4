// SPDX-License-Identifier: MIT
#include <utility>

#include "connect.hpp"
#include "conversation.hpp"

namespace tautline::taut {

ExitCode run_connect(ConnectArguments arguments) {
    return Conversation(std::move(arguments)).run();
}

}  // namespace tautline::taut
