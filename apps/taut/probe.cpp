// SPDX-License-Identifier: MIT
#include <fstream>
#include <memory>
#include <utility>

#include <asio/io_context.hpp>
#include <fmt/format.h>

#include <tautline/client/call.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/proto/http/uri.hpp>
#include <tautline/transport/tls_context.hpp>

#include "escape.hpp"
#include "output.hpp"
#include "probe.hpp"
#include "timeline.hpp"
#include "timeline_json.hpp"
#include "timeline_svg.hpp"
#include "timeline_text.hpp"

namespace tautline::taut {

namespace {

// Once all is known, wait no longer than this for the closing handshake.
constexpr auto kCourtesy = std::chrono::seconds(1);

// What the system trusts is read once in a process, which is no part of the way to the server.
void read_trust(const ConnectArguments& arguments) {
    const auto uri = http::parse_uri(arguments.url);
    if (uri && uri->secure) (void)transport::TlsClientContext::make(arguments.options.tls);
}

// Opens and closes; returns how it ended.
ExitCode dial(const ProbeArguments& arguments, const std::shared_ptr<Timeline>& timeline) {
    read_trust(arguments.connect);
    asio::io_context context;
    auto outcome = ExitCode::ok;
    auto options = arguments.connect.options;
    options.connection = connection_options(arguments.connect.common);
    options.connection.close_timeout = kCourtesy;
    options.engine = &engine_for(arguments.connect.common);
    options.observer = timeline;
    client::Call::start(io::Loop::of(context), arguments.connect.url, options,
                        {.on_open = [](Peer& peer) { (void)peer.close(); }},
                        [&outcome](const client::Call::Result& opened) {
                            if (!opened) outcome = exit_code_for(opened.error());
                        });
    context.run();
    return outcome;
}

// Returns false when the file cannot be written.
bool write_svg(LineLog& person, const std::string& path, const std::string& svg) {
    std::ofstream file(path, std::ios::binary);
    file << svg;
    file.close();
    if (file) return true;
    person.write(fmt::format("taut: cannot write {}", escape_for_terminal(path)));
    return false;
}

}  // namespace

ExitCode run_probe(const ProbeArguments& arguments, LineLog& person) {
    const auto timeline = std::make_shared<Timeline>();
    const auto outcome = dial(arguments, timeline);
    if (outcome == ExitCode::usage) {
        person.write("taut: " + timeline->verdict());
        return outcome;
    }
    const auto printed =
        print(person, arguments.json ? draw_json(*timeline)
                                     : fmt::format("probing {}\n\n{}", timeline->url(),
                                                   draw_text(*timeline, text_style())));
    if (!arguments.svg.empty() && !write_svg(person, arguments.svg, draw_svg(*timeline))) {
        return ExitCode::usage;
    }
    return outcome == ExitCode::ok ? printed : outcome;
}

}  // namespace tautline::taut
