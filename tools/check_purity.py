#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Proves the purity line: what stands below it moves no byte, reads no clock, draws no randomness.

The sources are searched for headers that could do so, the archives that are given for symbols.
C symbols must be in the list of what is allowed, C++ symbols not in that of what is refused.
"""
import re
import subprocess
from pathlib import Path

import source_tree

PURE_FOLDERS = ("src/tautline/base", "src/tautline/proto")

FORBIDDEN_HEADERS = {
    "thread", "mutex", "shared_mutex", "condition_variable", "future", "semaphore", "latch",
    "barrier", "stop_token", "random", "fstream", "filesystem", "iostream", "syncstream", "ctime",
    "csignal", "clocale", "locale",
}
# C and system headers that only compute.
ALLOWED_C_HEADERS = {"zlib.h", "wslay/wslay.h", "nghttp2/nghttp2.h", "isa-l/igzip_lib.h",
                     "immintrin.h", "emmintrin.h", "smmintrin.h", "tmmintrin.h", "cpuid.h",
                     "arm_neon.h"}
FORBIDDEN_WORDS = re.compile(
    r"\b(?:\w*_clock::now|std::random_device|std::this_thread|std::jthread|getenv|getrandom)\b")

# Undefined C symbols that compute, allocate or stop the program.
ALLOWED_C_SYMBOLS = re.compile(r"""^(?:
      (?:__)?(?:mem(?:cpy|move|set|cmp|chr)|str(?:len|cmp|ncmp|chr|rchr|nlen))(?:_chk)?
    | bcmp | malloc | calloc | realloc | free | aligned_alloc | posix_memalign | abort
    | (?:v?snprintf|fprintf|fputs|fwrite)                     # of TAUTLINE_ASSERT, to stderr
    | __(?:v?snprintf|fprintf)_chk | stderr
    | inflate\w* | deflate\w* | zlibVersion | crc32 | adler32
    | wslay_\w+ | nghttp2_\w+
    | __stack_chk_fail | _GLOBAL_OFFSET_TABLE_ | __dso_handle | __libc_single_threaded
    | __cpu_model | __cpu_indicator_init | _?_tls_get_addr
    | __cxa_\w+ | __gxx_personality_v0 | _Unwind_Resume | __udivti3 | __umodti3
    | __(?:asan|ubsan|tsan|lsan|sanitizer|llvm|profd|profc|start___|stop___)\w*
)$""", re.VERBOSE)
REFUSED_CPP = re.compile(
    r"std::(?:chrono::_V2::\w+_clock|thread|jthread|random_device|this_thread|mutex|recursive_mutex"
    r"|condition_variable|basic_\w*file(?:buf|stream)|basic_[io]fstream|filesystem|cout|cerr|cin"
    r"|ios_base::Init|locale)\b|\basio::")


def check_sources(root):
    problems = []
    for path in source_tree.files(root, source_tree.CPP, PURE_FOLDERS):
        if source_tree.is_test(path):
            continue
        text = source_tree.read(root, path)
        for number, header in source_tree.includes(text):
            system = ("/" in header or header.endswith(".h")) and not header.startswith("tautline/")
            if header in FORBIDDEN_HEADERS or (system and header not in ALLOWED_C_HEADERS):
                problems.append(f"{path}:{number}: <{header}> stands above the purity line")
        for number, line in enumerate(source_tree.without_literals(text).splitlines(), 1):
            match = FORBIDDEN_WORDS.search(line)
            if match:
                problems.append(f"{path}:{number}: {match.group()} stands above the purity line")
    return problems


def symbols_of(archive, *options):
    """The symbols that nm prints, as names before demangling."""
    output = subprocess.run(["nm", "--format=posix", *options, archive], check=True,
                            capture_output=True, text=True).stdout
    return {line.split()[0] for line in output.splitlines() if len(line.split()) > 1}


def demangle(names):
    output = subprocess.run(["c++filt"], input="\n".join(names), check=True, capture_output=True,
                            text=True).stdout
    return dict(zip(names, output.splitlines()))


def check_archive(archive):
    needed = sorted(symbols_of(archive, "--undefined-only")
                    - symbols_of(archive, "--defined-only"))
    problems = []
    for name, readable in demangle(needed).items():
        if name.startswith("_Z"):
            refused = REFUSED_CPP.search(readable)
        else:
            refused = not ALLOWED_C_SYMBOLS.match(name.split("@")[0])
        if refused:
            problems.append(f"{archive}: needs {readable}")
    return problems


if __name__ == "__main__":
    arguments = source_tree.parse_arguments(
        __doc__, lambda parser: parser.add_argument("archives", nargs="*", type=Path))
    found = check_sources(arguments.root)
    for each in arguments.archives:
        found += check_archive(each)
    source_tree.run("purity", found)
