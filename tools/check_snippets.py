#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Refuses C++ in the documents that is in no example, so that what is shown compiles and runs.

A block of C++ has a line above it that names its source, <!-- examples/hello_server.cpp -->. The
lines of the block must stand there next to each other; blank lines and indentation do not count."""
import re

import source_tree

_BLOCK = re.compile(r"(?:<!-- (\S+) -->\n)?```cpp\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def lines_of(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def stands_in(snippet, source):
    """Whether the lines of `snippet` stand in `source` next to each other."""
    wanted, found = lines_of(snippet), lines_of(source)
    return any(found[start:start + len(wanted)] == wanted
               for start in range(len(found) - len(wanted) + 1))


def check_document(root, path):
    text = source_tree.read(root, path)
    problems = []
    for match in _BLOCK.finditer(text):
        where = f"{path}:{text.count(chr(10), 0, match.start(2)) + 1}"
        source = match.group(1)
        if source is None:
            problems.append(f"{where}: does not say which example it is from")
        elif not (root / source).is_file():
            problems.append(f"{where}: there is no {source}")
        elif not stands_in(match.group(2), source_tree.read(root, source)):
            problems.append(f"{where}: is not in {source}")
    return problems


def check(root):
    documents = [path.relative_to(root) for path in sorted(root.glob("*.md"))]
    documents += source_tree.files(root, (".md",), ("docs",))
    return [problem for path in documents for problem in check_document(root, path)]


if __name__ == "__main__":
    source_tree.run("snippets", check(source_tree.parse_arguments(__doc__).root))
