#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints what the headers of the library add to the compile time of a small program.

For each compiler: CPU seconds of compiling examples/hello_server.cpp, of a file that includes only
the same headers of the standard library, and the difference. Nothing is refused: a busy machine
measures too much. The best of several runs counts, because nothing makes a run too fast.
"""
import argparse
import re
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAM = "examples/hello_server.cpp"
COMPILERS = ("g++", "clang++-19")


def own_files(compiler):
    """The program and the headers of ours that it includes, also by others."""
    rule = subprocess.run([compiler, "-std=c++23", "-Isrc", "-MM", PROGRAM], cwd=ROOT, check=True,
                          capture_output=True, text=True).stdout
    return rule.replace("\\\n", " ").split()[1:]


def standard_headers(files):
    names = set()
    for file in files:
        names.update(re.findall(r"^#include <(\w+)>", (ROOT / file).read_text(), re.MULTILINE))
    return sorted(names)


def cpu_seconds(compiler, source):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([compiler, "-std=c++23", "-Isrc", "-c", source, "-o", "/dev/null"], cwd=ROOT,
                   check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(compiler, runs):
    files = own_files(compiler)
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as bare:
        bare.writelines(f"#include <{name}>\n" for name in standard_headers(files))
        bare.write("int main() {}\n")
        bare.flush()
        whole, standard = (min(cpu_seconds(compiler, source) for _ in range(runs))
                           for source in (PROGRAM, bare.name))
    print(f"{compiler}: {PROGRAM} {whole:.2f} s, its {len(standard_headers(files))} headers of the "
          f"standard library alone {standard:.2f} s, ours {whole - standard:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    for compiler_name in COMPILERS:
        if shutil.which(compiler_name):
            measure(compiler_name, arguments.runs)
