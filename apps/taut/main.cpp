// SPDX-License-Identifier: MIT
#include <csignal>
#include <cstdio>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "arguments.hpp"
#include "connect.hpp"
#include "output.hpp"
#include "probe.hpp"
#include "serve.hpp"

namespace {

namespace taut = tautline::taut;

void tell(const taut::CommonArguments& arguments) {
    std::fputs(taut::note_on(arguments).c_str(), stderr);
}

void tell(const taut::ConnectArguments& arguments) {
    tell(arguments.common);
    std::fputs(taut::warning_on(arguments.options).c_str(), stderr);
}

struct Runner {
    taut::ExitCode operator()(taut::ConnectArguments& arguments) const {
        tell(arguments);
        return taut::run_connect(std::move(arguments));
    }
    taut::ExitCode operator()(taut::ProbeArguments& arguments) const {
        tell(arguments.connect);
        return taut::run_probe(std::move(arguments));
    }
    taut::ExitCode operator()(taut::ServeArguments& arguments) const {
        tell(arguments.common);
        return taut::run_serve(std::move(arguments));
    }
};

taut::ExitCode run(std::vector<std::string> words) {
    auto arguments = taut::parse_arguments(std::move(words));
    if (arguments) return std::visit(Runner{}, *arguments);
    const auto& advice = arguments.error();
    if (advice.code == taut::ExitCode::ok) return taut::print(advice.text);
    std::fputs(advice.text.c_str(), stderr);
    return advice.code;
}

}  // namespace

int main(int count, char** words) {
    // The write that fails reports that a peer or a reader has gone.
    std::signal(SIGPIPE, SIG_IGN);
    return static_cast<int>(run({words + 1, words + count}));
}
