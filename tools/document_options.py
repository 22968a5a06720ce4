#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the manual page and the completion for bash of taut from its --help, or compares them.

usage: document_options.py TAUT [--check]"""
import dataclasses
import pathlib
import re
import subprocess
import sys

_FOLDER = pathlib.Path(__file__).parents[1] / "apps/taut"
_VERBS = ["connect", "probe", "serve"]
_COLUMN = 30  # where CLI11 puts descriptions
_CHOICES = {
    "--compress": ["off", "on", "no-takeover"],
    "--on-eof": ["quiet", "close", "wait", "half"],
    "--engine": ["native", "wslay"],
}


@dataclasses.dataclass
class Option:
    names: list
    value: str
    choices: list
    text: str


@dataclasses.dataclass
class Help:
    title: str
    groups: dict  # name: options
    footer: list


def read_option(line):
    """The option that begins in this line; its description may be in the next ones."""
    wide = len(line) >= _COLUMN and line[_COLUMN - 1] != " "
    head = line if wide else line[:_COLUMN]
    names, *rest = head.split(maxsplit=1)
    bare = not rest or rest[0].startswith("Excludes:")
    value = "" if bare else re.split(r":(?=INT|\{)", rest[0])[0].strip()
    choices = re.search(r":\{(.*)\}", head)
    names = names.split(",")
    return Option(names, value, choices[1].split(",") if choices else _CHOICES.get(names[-1], []),
                  "" if wide else line[_COLUMN:].strip())


def read_help(taut, *verb):
    lines = subprocess.run([taut, *verb, "--help"], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    result = Help(lines[0], {}, [])
    options = None
    for line in lines[2:]:
        group = re.fullmatch(r"([A-Z][A-Za-z ]*):", line)
        if result.footer or (line and not group and not line.startswith(" ")) or \
                (group and group[1] in ("Examples", "Exit codes")):
            result.footer.append(line)
        elif group and group[1] != "Positionals":
            options = result.groups.setdefault(group[1], [])
        elif line.startswith("  -"):
            options.append(read_option(line))
        elif line.startswith(" " * _COLUMN):
            options[-1].text = f"{options[-1].text} {line.strip()}".strip()
    return result


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return re.sub(r"^\.", r"\\&.", text, flags=re.MULTILINE)


def manual_options(options):
    for option in options:
        names = ", ".join(rf"\fB{roff(name)}\fR" for name in option.names)
        value = rf" \fI{roff(option.value)}\fR" if option.value else ""
        yield f".TP\n{names}{value}\n{roff(option.text)}"


def manual(helps):
    parts = ['.\\" SPDX-License-Identifier: MIT',
             '.\\" Written by tools/document_options.py from taut \\-\\-help.',
             ".TH TAUT 1", ".SH NAME", r"taut \- WebSockets at the command line", ".SH SYNOPSIS",
             r"\fBtaut\fR [\fBconnect\fR] [\fIOPTIONS\fR] \fIURL\fR", ".br",
             r"\fBtaut probe\fR [\fIOPTIONS\fR] \fIURL\fR", ".br",
             r"\fBtaut serve\fR [\fIOPTIONS\fR]"]
    for verb, told in helps.items():
        parts += [f".SH TAUT {verb.upper()}", roff(told.title) + "."]
        for group, options in told.groups.items():
            parts += [f'.SS "{group}"', *manual_options(options)]
        footer = roff("\n".join(told.footer).strip("\n"))
        parts += [".SS Notes", ".nf", footer, ".fi"]
    return "\n".join(parts) + "\n"


def completion_values(helps):
    """Lines of a `case` over "VERB OPTION", for the options whose values can be guessed."""
    for verb, told in helps.items():
        for option in (option for options in told.groups.values() for option in options):
            files = option.value in ("FILE", "PATH")
            if not files and not option.choices:
                continue
            pattern = " | ".join(f'"{verb} {name}"' for name in option.names)
            action = "-f" if files else f'-W "{" ".join(option.choices)}"'
            yield f'        {pattern}) taut_offer {action} ;;'


def completion_options(helps):
    for verb, told in helps.items():
        names = [name for options in told.groups.values() for option in options
                 for name in option.names]
        yield f'        {verb}) taut_offer -W "{" ".join(names)}" ;;'


def completion(helps):
    values = "\n".join(completion_values(helps))
    options = "\n".join(completion_options(helps))
    return f"""# SPDX-License-Identifier: MIT
# Completion of taut for bash. Written by tools/document_options.py from taut --help. Source it, or
# put it to /usr/share/bash-completion/completions/taut.
taut_offer() {{
    local line
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "$word")
}}

_taut() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} verb=${{COMP_WORDS[1]}}
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 && $word != -* ]]; then
        taut_offer -W "{" ".join(_VERBS)}"
        return
    fi
    case $verb in {" | ".join(_VERBS)}) ;; *) verb=connect ;; esac
    case "$verb ${{COMP_WORDS[COMP_CWORD - 1]}}" in
{values}
    esac
    # What is no value of an option may be one itself; URLs cannot be guessed.
    [[ ${{#COMPREPLY[@]}} -gt 0 || $word != -* ]] && return
    [[ $COMP_CWORD -eq 1 ]] && taut_offer -W "--version"
    case $verb in
{options}
    esac
}}

complete -F _taut taut
"""


def main(taut, *flags):
    helps = {verb: read_help(taut, verb) for verb in _VERBS}
    stale = []
    for name, text in (("taut.1", manual(helps)), ("completion.bash", completion(helps))):
        path = _FOLDER / name
        if "--check" not in flags:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        sys.exit(f"not as taut --help says: {', '.join(stale)}; run tools/document_options.py TAUT")


if __name__ == "__main__":
    main(*sys.argv[1:])
