# SPDX-License-Identifier: MIT
"""What every gate needs: which files are ours, and how to read them."""
import argparse
import re
import sys
from pathlib import Path

OUR_FOLDERS = ("src", "apps", "examples", "tests", "fuzz", "bench", "tools", "scripts", "cmake",
               "web", ".ci", "docs")
SKIPPED_FOLDERS = {"build", "node_modules", "__pycache__", "corpus", ".git", "vectors"}
CPP = (".cpp", ".hpp")


def parse_arguments(description, extend=None):
    """The options of a gate: `--root` names the tree to look at, by default this one."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    if extend:
        extend(parser)
    return parser.parse_args()


def files(root, suffixes=None, under=OUR_FOLDERS):
    """Our files below `root`, as sorted paths relative to it."""
    found = []
    for folder in under:
        for path in sorted((root / folder).rglob("*")):
            relative = path.relative_to(root)
            if SKIPPED_FOLDERS.intersection(relative.parts) or not path.is_file():
                continue
            if suffixes is None or path.suffix in suffixes:
                found.append(relative)
    return found


def read(root, path):
    return (root / path).read_text(encoding="utf-8", errors="replace")


def includes(text):
    """The include lines of a C++ file, as (line number, header)."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            found.append((number, match.group(1)))
    return found


_LITERALS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.[^']*|[^'\\\n])'",
    re.DOTALL)


def without_literals(text):
    """C++ with comments, strings and characters blanked out; lines keep their numbers."""
    return _LITERALS.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def is_test(path):
    return path.name.endswith("_test.cpp") or path.parts[0] == "tests"


def test_names(root):
    """Every test in C++, as `Suite.Name`."""
    names = set()
    for path in files(root, (".cpp",), ("src", "tests", "apps")):
        for suite, name in re.findall(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)",
                                      without_literals(read(root, path))):
            names.add(f"{suite}.{name}")
    return names


def read_list(path):
    """A list file: `entry  reason`, one a line, `#` begins a comment. Gives entry -> reason."""
    entries = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            line = line.strip()
            if line and not line.startswith("#"):
                entry, _, reason = line.partition(" ")
                entries[entry] = reason.strip()
    return entries


def finish(gate, problems):
    """Prints what was refused and gives the exit code of the gate."""
    for problem in problems:
        print(problem)
    print(f"{gate}: {f'{len(problems)} refused' if problems else 'ok'}")
    return 1 if problems else 0


def run(gate, problems):
    sys.exit(finish(gate, problems))
