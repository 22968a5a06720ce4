#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Refuses commented-out code, questions, unfinished work without an issue, a missing licence, marks
of an unfinished merge, and a section of a class comment (`Limits:`, `Lifetime:`, ...) that does not
begin a line."""
import re

import source_tree

LICENCE = "SPDX-License-Identifier: MIT"
LICENSED = (".cpp", ".hpp", ".h", ".c", ".py", ".sh", ".cmake", ".toml", ".js", ".mjs", ".css",
            ".html", ".yml", ".yaml")
COMMENTED = (*source_tree.CPP, ".py", ".sh", ".cmake", ".js", ".mjs", ".toml")

# Written in two halves, so that the gate does not refuse itself.
_UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b(?!\(#\d+\): \S)")
_COMMENT = re.compile(r"(?:^|\s)(//(?!/)|#)(.*)$")
_MERGE = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
# Code on a line of its own, not indented as an example is.
_CODE = re.compile(r"""^\s?(?:
      (?:return|break|continue|throw|goto|delete)\b[^.]*;
    | \#\s*(?:include|define|if|ifdef|ifndef|endif)\b.*
    | (?:if|for|while|switch)\s*\(.*\)\s*\{?
    | [\w:.<>\[\]*&\s-]+(?:=|->|\()[^.]*;
    | .*\)\s*\{
    | \}.*
)\s*$""", re.VERBOSE)
# A section in the middle of a line: a reader who looks for `Threads:` looks down the left side.
_SECTION = re.compile(r"^\s*///.*[.)`] ((?:Units and limits|Limits|Lifetime|Threads|Spec)"
                      r"(?:, Threads)?:) ")


def needs_licence(root, path):
    if path.suffix in LICENSED or path.name == "CMakeLists.txt":
        return True
    return not path.suffix and source_tree.read(root, path).startswith("#!")


def comment_of(line, path):
    """The text of a line comment, or None. `///` is documentation, where examples are welcome."""
    cpp_like = path.suffix in (*source_tree.CPP, ".js", ".mjs")
    match = _COMMENT.search(line)
    if not match or (match.group(1) == "//") != cpp_like or "://" in line:
        return None
    return match.group(2)


def check_comments(path, text):
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _UNFINISHED.search(line)
        if match:
            problems.append(f"{path}:{number}: {match.group()} needs an issue and a sentence")
        if path.suffix not in source_tree.CPP:
            continue
        match = _SECTION.match(line)
        if match:
            problems.append(f"{path}:{number}: {match.group(1)} begins a line of its own")
        comment = comment_of(line, path)
        if comment is None:
            continue
        if _CODE.match(comment):
            problems.append(f"{path}:{number}: commented-out code")
        if comment.rstrip().endswith("?"):
            problems.append(f"{path}:{number}: a comment asserts; it does not ask")
    return problems


def check(root):
    problems = []
    for path in source_tree.files(root):
        if needs_licence(root, path):
            head = source_tree.read(root, path).splitlines()[:2]
            if not any(LICENCE in line for line in head):
                problems.append(f"{path}: does not begin with {LICENCE}")
        if path.suffix in (*COMMENTED, ".md") and _MERGE.search(source_tree.read(root, path)):
            problems.append(f"{path}: a merge is not finished")
        if path.suffix in COMMENTED:
            problems += check_comments(path, source_tree.read(root, path))
    return problems


if __name__ == "__main__":
    source_tree.run("comments", check(source_tree.parse_arguments(__doc__).root))
