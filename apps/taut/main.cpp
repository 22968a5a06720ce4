// SPDX-License-Identifier: MIT
#include <csignal>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <unistd.h>

#include "arguments.hpp"
#include "connect.hpp"
#include "line_log.hpp"
#include "output.hpp"
#include "probe.hpp"
#include "serve.hpp"

namespace {

namespace taut = tautline::taut;

struct Runner {
    taut::LineLog& person;

    void tell(const std::string& note) const {
        if (!note.empty()) person.write(note);
    }
    taut::ExitCode operator()(taut::ConnectArguments& arguments) const {
        return taut::run_connect(std::move(arguments), person);
    }
    taut::ExitCode operator()(taut::ProbeArguments& arguments) const {
        tell(taut::note_on(arguments.connect.common));
        tell(taut::warning_on(arguments.connect.options));
        return taut::run_probe(std::move(arguments), person);
    }
    taut::ExitCode operator()(taut::ServeArguments& arguments) const {
        tell(taut::note_on(arguments.common));
        return taut::run_serve(std::move(arguments), person);
    }
};

taut::ExitCode run(std::vector<std::string> words) {
    auto arguments = taut::parse_arguments(std::move(words));
    taut::LineLog person(STDERR_FILENO);
    if (arguments) return std::visit(Runner{person}, *arguments);
    const auto& advice = arguments.error();
    if (advice.code == taut::ExitCode::ok) return taut::print(person, advice.text);
    person.write(advice.text);
    return advice.code;
}

}  // namespace

// Memory that runs out ends the program.
int main(int count, char** words) {  // NOLINT(bugprone-exception-escape)
    // The write that fails reports that a peer or a reader has gone.
    std::signal(SIGPIPE, SIG_IGN);
    return static_cast<int>(run({words + 1, words + count}));
}
