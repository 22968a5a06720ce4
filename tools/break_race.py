#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Breaks the race of Happy Eyeballs, one way at a time, and looks whether exploration finds that.

Needs a release build. Each break is compiled beside the tree and linked in front of the library.
Both kinds of exploration run: without the reduction (small worlds), and with it (small worlds and
the product). Fails when one that should find a break does not. `break_race.py refresh turn` takes
those that have such a word. Some minutes; not part of CI."""
import pathlib
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/release"
FOLDER = "src/tautline/proto/eyeballs/"
TEST = "bin/tautline_eyeballs_test"
RUN_SECONDS = 300
TIMED_OUT = "timed out"

# What is broken, the file, what stands there, what stands there instead, and who must find it:
# "small" with and without the reduction, or the "product".
BREAKS = (
    ("a loser that waits for its turn is not cancelled", "attempts.cpp",
     "if (attempt.running()) drop(attempt, AttemptEnd::cancelled);",
     "if (attempt.running() && attempt.state != State::awaiting_turn)\n"
     "            drop(attempt, AttemptEnd::cancelled);", "small"),
    ("unsuitable settings after the first do not cancel", "attempts.cpp",
     "    drop(attempt, AttemptEnd::not_supported);\n    if (setup_",
     "    if (http2_unsuitable_) end(attempt, AttemptEnd::not_supported);\n"
     "    else drop(attempt, AttemptEnd::not_supported);\n    if (setup_", "small"),
    ("a fallback is tried again", "attempts.cpp",
     "if (!tried) return urgent;", "return urgent;", "small"),
    ("a fallback has no deadline", "attempts.cpp",
     "    outputs_.push_back(StartAttempt{attempt.id, endpoint, kind});",
     "    if (kind == AttemptKind::http1_fallback) attempt.deadline.reset();\n"
     "    outputs_.push_back(StartAttempt{attempt.id, endpoint, kind});", "small"),
    ("a failure gives the turn to nobody", "attempts.cpp",
     "    if (broken) fall_back(*attempt);\n    grant_turns(now);",
     "    if (broken) fall_back(*attempt);", "small"),
    ("what timed out is tried again after a refresh", "attempts.cpp",
     "attempts_, [&](const Attempt& tried) { return covers(tried.endpoint, endpoint); });",
     "attempts_, [&](const Attempt& tried) {\n"
     "            return !(tried.state == State::ended && tried.end == AttemptEnd::timed_out) &&\n"
     "                   covers(tried.endpoint, endpoint);\n        });", "small"),
    ("HTTP/1.1 alone is told twice", "attempts.cpp",
     "!std::exchange(remembered_, true)", "true", "small"),
    ("a query is left in flight at the end", "race.cpp",
     "    attempts_.cancel();\n    dns_.cancel();\n    last_",
     "    attempts_.cancel();\n    if (!started_) dns_.cancel();\n    last_", "small"),
    ("facts are heard after the end", "race.cpp",
     "    if (ended_) return;\n    if (const auto winner",
     "    if (ended_ && !attempts_.was_rejected()) return;\n    if (const auto winner", "small"),
    ("two WebSockets to an address in the making", "attempts.cpp",
     "        return other.state == State::establishing &&\n",
     "        return other.state == State::establishing && other.version == attempt.version &&\n",
     "small"),
    ("what is not in the plan any more is not forgotten", "dns_phase.cpp",
     "        if (lookup.deadline) outputs_.push_back(CancelQuery{lookup.id});\n    }\n"
     "    std::erase_if", "    }\n    std::erase_if", "small"),
    ("the ninth of the losers is not cancelled", "attempts.cpp",
     "    for (Attempt& attempt : attempts_) {\n        if (attempt.running()) drop",
     "    int left = 8;\n    for (Attempt& attempt : attempts_) {\n"
     "        if (attempt.running() && --left >= 0) drop", "product"),
    ("the third fallback has no deadline", "attempts.cpp",
     "    outputs_.push_back(StartAttempt{attempt.id, endpoint, kind});",
     "    if (kind == AttemptKind::http1_fallback &&\n"
     "        std::ranges::count(attempts_, kind, &Attempt::kind) == 3) attempt.deadline.reset();\n"
     "    outputs_.push_back(StartAttempt{attempt.id, endpoint, kind});", "product"),
)


def command_for(target):
    """The last command with which Ninja makes a target, as words, run in the build directory."""
    lines = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "-s", target], check=True,
                           text=True, capture_output=True).stdout.splitlines()
    return lines[-1]


def link_with(objects, program):
    command = command_for(TEST).replace(f"-o {TEST}", f"-o {program}")
    # A POST_BUILD step (the list of tests) stands behind "&&".
    parts = [part for part in command.split("&&") if f"-o {program}" in part]
    words = shlex.split(parts[0])
    library = next(i for i, word in enumerate(words) if word.endswith("libtautline_eyeballs.a"))
    words[library:library] = objects
    subprocess.run(words, cwd=BUILD, check=True)


def build_broken(folder, name, old, new):
    text = (ROOT / FOLDER / name).read_text(encoding="utf-8")
    if text.count(old) != 1:
        sys.exit(f"{name} has this {text.count(old)} times, not once:\n{old}")
    source = folder / name
    source.write_text(text.replace(old, new), encoding="utf-8")
    target = f"src/tautline/CMakeFiles/tautline_eyeballs.dir/proto/eyeballs/{name}.o"
    made = folder / f"{name}.o"
    command = command_for(target).replace(str(ROOT / FOLDER / name), str(source))
    words = shlex.split(command)
    words[words.index("-o") + 1] = str(made)
    words = [word for word in words if not word.startswith("-Werror")]
    subprocess.run(words, cwd=BUILD, check=True, stderr=subprocess.DEVNULL)
    program = folder / "broken"
    link_with([str(made)], program)
    return program


def finders(program, suite):
    """Which explorations fail: "without" and "with" the reduction in small worlds, "product".

    Or that there was no end, which is no failure that was found."""
    try:
        text = subprocess.run([program, f"--gtest_filter={suite}.*"], text=True, check=False,
                              capture_output=True, timeout=RUN_SECONDS).stdout
    except subprocess.TimeoutExpired:
        return {TIMED_OUT}
    if suite == "RaceProduct":
        return {"product"} if "[  FAILED  ]" in text else set()
    return {word for word in ("with", "without") if f"\n{word} the reduction" in text}


def main():
    missed = 0
    for what, name, old, new, who in BREAKS:
        if sys.argv[1:] and not any(word in what for word in sys.argv[1:]):
            continue
        with tempfile.TemporaryDirectory() as folder:
            program = build_broken(pathlib.Path(folder), name, old, new)
            found = finders(program, "RaceExploration")
            # Slow where nothing is found, so only where small worlds are not enough.
            if not found - {TIMED_OUT}:
                found |= finders(program, "RaceProduct")
        wanted = {"product"} if who == "product" else {"with", "without"}
        missed += not wanted <= found
        print(f"{'found' if wanted <= found else 'MISSED'}: {what}: {', '.join(sorted(found))}",
              flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
