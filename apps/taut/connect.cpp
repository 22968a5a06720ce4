// SPDX-License-Identifier: MIT
#include <utility>

#include "connect.hpp"
#include "conversation.hpp"

namespace tautline::taut {

ExitCode run_connect(ConnectArguments arguments, LineLog& person) {
    return Conversation(std::move(arguments), person).run();
}

}  // namespace tautline::taut
