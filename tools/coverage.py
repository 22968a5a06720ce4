#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures how much of each unit of base and proto is run by the unit's own test alone.

    tools/coverage.py build/coverage        (a build with -DTAUTLINE_COVERAGE=ON)

For each x.cpp and x.hpp it runs the suites of x_test.cpp and x_<topic>_test.cpp and no others (an
engine also runs the suite that all engines have in common), and fails below 98 % of lines or 95 %
of branches. What only a broken contract could reach does not count (assertions,
`std::unreachable()` and the way to it past all cases of a switch), nor do comparisons that the
compiler writes. A branch of a template is one branch, whichever types run it: the tests of a
template have no part in the types that others put into it."""
import json
import re
import subprocess
import tempfile
from pathlib import Path, PurePosixPath

import check_mirror
import source_tree

LINES, BRANCHES = 98.0, 95.0
PROGRAMS = {"base": "tautline_base_test", "proto": "tautline_proto_test",
            "proto/wslay": "tautline_wslay_test", "proto/h2": "tautline_h2_test",
            "proto/dns": "tautline_dns_test", "proto/eyeballs": "tautline_eyeballs_test",
            "proto/proxy": "tautline_proxy_test"}
# An engine is one of several behind a seam: most of what it must do stands in their common suite.
COMMON = {"src/tautline/proto/wslay/engine": ("conformance_engines",
                                              "tests/conformance/engines_test.cpp")}
_SUITE = re.compile(r"\b(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+)\s*,")
_NOT_COUNTED = re.compile(r"TAUTLINE_ASSERT|std::unreachable\(\)|\bswitch \(|= default;")
_NOT_PASSED = re.compile(r"TAUTLINE_ASSERT\(false\)|std::unreachable\(\)")


class SuitesFailed(Exception):
    """The tests of a unit failed, or the program was built before they were written."""


def extend(parser):
    parser.add_argument("build", type=Path)
    parser.add_argument("--only", default="", help="units whose path has this in it")


def units_with_tests(root):
    """Unit -> its test files, for everything below the purity line."""
    sources = [PurePosixPath(path) for path in source_tree.files(
        root, source_tree.CPP, ("src/tautline/base", "src/tautline/proto"))]
    units = {path.with_suffix("") for path in sources if not path.name.endswith("_test.cpp")}
    found = {}
    for path in sources:
        unit = check_mirror.unit_of(path, units) if path.name.endswith("_test.cpp") else None
        if unit:
            found.setdefault(unit, []).append(path)
    return dict(sorted(found.items()))


def program_for(unit, build):
    folder = "/".join(unit.parts[2:-1])
    name = PROGRAMS.get(folder) or PROGRAMS[folder.split("/")[0]]
    return build / "bin" / name


def filter_for(root, tests):
    suites = sorted({suite for test in tests
                     for suite in _SUITE.findall(source_tree.read(root, test))})
    return ":".join(f"{suite}.*:*/{suite}.*:{suite}/*:*/{suite}/*" for suite in suites)


def run_suites(program, suites, folder):
    """Runs the suites and gives their raw profile."""
    raw = folder / f"{program.name}.profraw"
    outcome = subprocess.run([program, f"--gtest_filter={suites}", "--gtest_brief=1"],
                             env={"LLVM_PROFILE_FILE": str(raw), "PATH": "/usr/bin:/bin"},
                             capture_output=True, text=True)
    if outcome.returncode or " 0 tests from" in outcome.stdout:
        raise SuitesFailed("\n".join((outcome.stdout + outcome.stderr).splitlines()[-20:]))
    return raw


def not_counted(path):
    """The lines of a file that do not count, with the brace behind what cannot be passed and the
    head of a function that is nothing else."""
    text = Path(path).read_text(encoding="utf-8").splitlines()
    skipped = {number for number, line in enumerate(text, 1) if _NOT_COUNTED.search(line)}
    for number in [number for number in skipped if _NOT_PASSED.search(text[number - 1])]:
        if text[number].strip() == "}":
            skipped.add(number + 1)
            skipped |= {number - 1} if text[number - 2].endswith(") {") else set()
    return skipped


# A report on a file in which nothing can run is one on the whole program.
def lines_in(lcov, sources):
    """How often each line of an lcov report was run."""
    lines, skipped, path = {}, set(), None
    for record in lcov.splitlines():
        kind, _, value = record.partition(":")
        if kind == "SF":
            path = value if Path(value) in sources else None
            skipped = not_counted(path) if path else set()
        elif kind == "DA" and path:
            number, count = (int(part) for part in value.split(",")[:2])
            if number not in skipped:
                lines[path, number] = max(lines.get((path, number), 0), count)
    return lines


def branches_in(report, sources):
    """How often each way of each condition of a JSON report was gone. A condition is where it
    stands: lcov would have one for each type that a template is made with."""
    branches = {}
    for file in report["data"][0]["files"]:
        path = file["filename"]
        if Path(path) not in sources:
            continue
        skipped = not_counted(path)
        for *place, taken, passed in (branch[:6] for branch in file["branches"]):
            if place[0] in skipped:
                continue
            for way, count in (("taken", taken), ("passed", passed)):
                key = (path, *place, way)
                branches[key] = max(branches.get(key, 0), count)
    return branches


def share(counts):
    return 100.0 * sum(1 for count in counts.values() if count) / len(counts) if counts else 100.0


def runs_for(root, unit, tests, build):
    """The programs that hold the tests of a unit, and which of their suites those are."""
    runs = [(program_for(unit, build), filter_for(root, tests))]
    if str(unit) in COMMON:
        program, test = COMMON[str(unit)]
        runs.append((build / "bin" / program, filter_for(root, [test])))
    return runs


def export(form, profile, programs, sources):
    objects = [word for program in programs[1:] for word in ("-object", program)]
    return subprocess.run(
        ["llvm-cov-19", "export", f"--format={form}", f"--instr-profile={profile}", programs[0],
         *objects, *sources], check=True, capture_output=True, text=True).stdout


def measure(root, unit, tests, build):
    """Lines and branches of a unit, as its own test runs them."""
    runs = runs_for(root, unit, tests, build)
    programs = [program for program, _ in runs]
    sources = [root / f"{unit}{suffix}" for suffix in source_tree.CPP]
    sources = [source for source in sources if source.exists()]
    with tempfile.TemporaryDirectory() as folder:
        raw = [run_suites(program, suites, Path(folder)) for program, suites in runs]
        profile = Path(folder) / "unit.profdata"
        subprocess.run(["llvm-profdata-19", "merge", "-sparse", *raw, "-o", profile], check=True)
        lcov = export("lcov", profile, programs, sources)
        report = json.loads(export("text", profile, programs, sources))
    return lines_in(lcov, sources), branches_in(report, sources)


def describe_misses(counts):
    """The lines without a hit, neighbours as a range; the first ten of them."""
    ranges = []
    for path, number in sorted({(key[0], int(key[1])) for key, hit in counts.items() if not hit}):
        if ranges and ranges[-1][0] == path and number == ranges[-1][2] + 1:
            ranges[-1][2] = number
        else:
            ranges.append([path, number, number])
    words = [f"{Path(path).name}:{first}" + (f"-{last}" if last > first else "")
             for path, first, last in ranges[:10]]
    return ", ".join(words + ["..."] * (len(ranges) > 10)) or "none"


def main():
    arguments = source_tree.parse_arguments(__doc__, extend)
    problems = []
    for unit, tests in units_with_tests(arguments.root).items():
        if arguments.only not in str(unit):
            continue
        try:
            lines, branches = measure(arguments.root, unit, tests, arguments.build)
        except SuitesFailed as failure:
            problems.append(f"{failure}\n{unit}: its tests failed, or were not built")
            continue
        line_share, branch_share = share(lines), share(branches)
        good = line_share >= LINES and branch_share >= BRANCHES
        print(f"{line_share:6.1f} % lines {branch_share:6.1f} % branches  {unit}")
        if not good:
            problems.append(f"{unit}: below {LINES:.0f} % of lines or {BRANCHES:.0f} % of "
                            f"branches; not run: lines {describe_misses(lines)}; "
                            f"branches in {describe_misses(branches)}")
    source_tree.run("coverage", problems)


if __name__ == "__main__":
    main()
