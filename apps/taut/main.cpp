// SPDX-License-Identifier: MIT
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "arguments.hpp"
#include "connect.hpp"
#include "line_log.hpp"
#include "output.hpp"
#include "probe.hpp"
#include "serve.hpp"

namespace {

namespace taut = tautline::taut;

// What is opened next would otherwise take the place of one that is closed: standard error would be
// a descriptor of the event loop.
void fill_standard_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        const bool closed = ::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF;
        // The lowest one that is free: this one.
        if (closed) (void)::open("/dev/null", O_RDWR);
    }
}

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
        return taut::run_probe(arguments, person);
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
    fill_standard_descriptors();
    // The write that fails reports that a peer or a reader has gone.
    std::signal(SIGPIPE, SIG_IGN);
    return static_cast<int>(run({words + 1, words + count}));
}
