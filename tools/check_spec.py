#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds the code against the rows of docs/spec/*.toml, one row for each MUST, SHOULD and MAY.

Refuses a citation of a section or row that the standard does not have, and rows that are broken.
Prints which sections with rows are cited by no code, and which by no test; `--rows` lists them."""
import re
import tomllib

import source_tree

LEVELS = ("must", "should", "may")
CITING = ("src", "apps", "tests", "fuzz", "examples", "docs")
_GAP = r"(?:[ \t]|\n[ \t]*(?://+|\#)?)+"
_NUMBER = r"\d+(?:\.\d+)*"
_CITATION = re.compile(
    rf"RFC{_GAP}(\d{{4}}),?{_GAP}[Ss]ections?{_GAP}"
    rf"({_NUMBER}(?:(?:,|,?{_GAP}(?:and|or|to)){_GAP}{_NUMBER})*)")
_ROW = re.compile(r"\brfc(\d{4})-(\d+(?:\.\d+)*-\d+)\b")


class Spec:
    """One standard: its sections, and its rows by id, such as "5.2-3"."""

    def __init__(self, path):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        self.number = path.stem.removeprefix("rfc")
        self.sections = set(table.pop("sections", []))
        self.rows = table

    def section_of(self, row):
        return row.rpartition("-")[0]

    def implemented(self):
        """Sections that have a row which is not left out, with the number of those rows."""
        counts = {}
        for row, fields in self.rows.items():
            if "left_out" not in fields:
                section = self.section_of(row)
                counts[section] = counts.get(section, 0) + 1
        return counts


def check_rows(name, spec):
    problems = []
    for row, fields in spec.rows.items():
        levels = [level for level in LEVELS if fields.get(level)]
        if spec.section_of(row) not in spec.sections:
            problems.append(f"{name}: {row} stands in no section of RFC {spec.number}")
        if len(levels) != 1 or set(fields) - {*LEVELS, "left_out"}:
            problems.append(f"{name}: {row} needs exactly one of {', '.join(LEVELS)}")
        if "left_out" in fields and not fields["left_out"]:
            problems.append(f"{name}: {row} is left out without a reason")
    return problems


def citations(text):
    """What a file cites, as (line, RFC, section or row)."""
    found = []
    for match in _CITATION.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        found += [(line, match.group(1), section)
                  for section in re.findall(_NUMBER, match.group(2))]
    for match in _ROW.finditer(text):
        found.append((text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)))
    return found


def check_citations(root, specs):
    """Problems, and for each RFC the cited sections of code and of tests."""
    problems = []
    cited = {number: {"code": set(), "test": set()} for number in specs}
    for path in source_tree.files(root, (*source_tree.CPP, ".py", ".md", ".mjs"), CITING):
        for line, number, what in citations(source_tree.read(root, path)):
            if number not in specs:
                continue
            spec = specs[number]
            if what not in spec.sections and what not in spec.rows:
                problems.append(f"{path}:{line}: RFC {number} has no section or row {what}")
            kind = "test" if source_tree.is_test(path) or path.parts[0] == "fuzz" else "code"
            if path.suffix != ".md":
                cited[number][kind].add(spec.section_of(what) if "-" in what else what)
    return problems, cited


def print_coverage(spec, cited, with_rows):
    sections = spec.implemented()
    rows = sum(sections.values())
    print(f"RFC {spec.number}: {rows} rows in {len(sections)} sections, "
          f"{len(spec.rows) - rows} rows left out")
    for kind in ("code", "test"):
        missing = [section for section in sections if section not in cited[kind]]
        print(f"  cited by no {kind}: {', '.join(missing) or 'none'}")
        if with_rows:
            for row, fields in spec.rows.items():
                if spec.section_of(row) in missing and "left_out" not in fields:
                    level, text = next((key, fields[key]) for key in LEVELS if key in fields)
                    print(f"    rfc{spec.number}-{row} {level.upper()}: {text}")


def check(root, with_rows=False):
    problems, specs = [], {}
    for path in sorted((root / "docs/spec").glob("rfc*.toml")):
        spec = Spec(path)
        specs[spec.number] = spec
        problems += check_rows(path.relative_to(root), spec)
    found, cited = check_citations(root, specs)
    for number, spec in specs.items():
        print_coverage(spec, cited[number], with_rows)
    return problems + found


if __name__ == "__main__":
    arguments = source_tree.parse_arguments(
        __doc__, lambda parser: parser.add_argument("--rows", action="store_true"))
    source_tree.run("spec", check(arguments.root, arguments.rows))
