// SPDX-License-Identifier: MIT
#include "option_parsers.hpp"

namespace tautline::taut {

namespace {

constexpr const char* kOutput = "Output";

constexpr const char* kFooter =
    "\nOpens a WebSocket, closes it, and draws which questions were asked, which addresses were\n"
    "tried and what became of each. The exit codes are those of connect.\n"
    "\nWith --json each row of the drawing is an object of the type row: \"id\" is its number,\n"
    "\"outcome\" is fine, won, failed or given up, \"note\" what was learnt and \"reason\" why it "
    "did\n"
    "not win. A question has \"record\" and \"host\", an attempt has \"attempt\" (its number in "
    "its\n"
    "race: redirects and further routes begin new ones), \"address\" and \"protocol\". An object "
    "of\n"
    "the type stretch is what the row with its \"id\" did for a while. The last object is the "
    "result;\n"
    "when it is not open, that has the \"phase\", \"error\", \"message\", \"endpoint\" and "
    "\"status\"\n"
    "of the error of connect --json.\n"
    "\nExamples:\n"
    "  taut probe wss://example.org/feed\n"
    "  taut probe wss://example.org/feed --http 2 -6 --svg way.svg\n";

}  // namespace

void add_probe_options(CLI::App& app, ProbeArguments& arguments) {
    app.footer(with_units(kFooter));
    add_handshake_options(app, arguments.connect);
    add_common_options(app, arguments.connect.common);
    app.add_flag("--json", arguments.json, "Print lines of JSON instead")->group(kOutput);
    app.add_option("--svg", arguments.svg, "Draw a picture into this file too")
        ->type_name("FILE")
        ->group(kOutput);
}

}  // namespace tautline::taut
