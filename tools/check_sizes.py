#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Refuses files, functions and lines that are too long.

A file over its limit needs a line with the reason in tools/size_exceptions.txt, and then has the
higher limit. clang-tidy checks parameters, nesting and complexity, which need a real parser."""
import re

import source_tree

FILE_LINES = 500
EXCEPTED_FILE_LINES = 800
TEST_LINES = 600
CONNECTION_LINES = 300
FUNCTION_LINES = 60
COLUMNS = 100
EXCEPTIONS = "tools/size_exceptions.txt"
LINE_SUFFIXES = (".cpp", ".hpp", ".py", ".sh", ".cmake")

_NOT_FUNCTIONS = re.compile(
    r"^(?:else\s+)?(?:if|for|while|switch|catch|namespace|class|struct|union|enum|do|try)\b")
# What may stand between the parameters of a function and its body.
_BODY = re.compile(r"\)\s*(?:(?:const|noexcept|override|final|mutable|&&?)\s*)*"
                   r"(?:->\s*[\w:<>,&*\s]+|:[^;:][^;]*)?$")


def file_limit(path, exceptions):
    if path.name.endswith("_table.cpp"):
        return None
    if source_tree.is_test(path):
        return TEST_LINES
    if path.name == "connection.cpp" and "proto" in path.parts:
        return CONNECTION_LINES
    return EXCEPTED_FILE_LINES if str(path) in exceptions else FILE_LINES


def opens_function(before):
    """Whether the text between the last statement and a brace is the head of a function."""
    head = before.strip()
    return bool(head) and not _NOT_FUNCTIONS.match(head) and bool(_BODY.search(head))


def long_functions(text):
    """Functions over the limit, as (line of the opening brace, number of lines)."""
    code = source_tree.without_literals(text)
    line, start, stack, found = 1, 0, [], []
    for index, character in enumerate(code):
        if character == "\n":
            line += 1
        elif character == ";":
            start = index + 1
        elif character == "{":
            stack.append((line, opens_function(code[start:index])))
            start = index + 1
        elif character == "}" and stack:
            opened, is_function = stack.pop()
            start = index + 1
            if is_function and line - opened + 1 > FUNCTION_LINES:
                found.append((opened, line - opened + 1))
    return found


def check_file(path, text, exceptions):
    lines = text.splitlines()
    problems = [f"{path}:{number}: {len(line)} columns; the limit is {COLUMNS}"
                for number, line in enumerate(lines, 1) if len(line) > COLUMNS]
    if path.suffix not in source_tree.CPP:
        return problems
    limit = file_limit(path, exceptions)
    if limit and len(lines) > limit:
        problems.append(f"{path}: {len(lines)} lines; the limit is {limit}")
    problems += [f"{path}:{number}: a function of {size} lines; the limit is {FUNCTION_LINES}"
                 for number, size in long_functions(text)]
    return problems


def check_exceptions(root, exceptions):
    problems = []
    for path, reason in exceptions.items():
        lines = source_tree.read(root, path).count("\n") if (root / path).exists() else 0
        if lines <= FILE_LINES:
            problems.append(f"{EXCEPTIONS}: {path} needs no exception")
        elif not reason:
            problems.append(f"{EXCEPTIONS}: {path} has no reason")
    return problems


def check(root):
    exceptions = source_tree.read_list(root / EXCEPTIONS)
    problems = check_exceptions(root, exceptions)
    for path in source_tree.files(root, LINE_SUFFIXES):
        problems += check_file(path, source_tree.read(root, path), exceptions)
    return problems


if __name__ == "__main__":
    source_tree.run("sizes", check(source_tree.parse_arguments(__doc__).root))
