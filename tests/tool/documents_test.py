# SPDX-License-Identifier: MIT
"""The manual page and the completion for bash say what `taut --help` says."""

import pathlib
import re
import subprocess
import sys
import unittest

from support import taut

ROOT = pathlib.Path(__file__).parents[2]
VERBS = ("connect", "probe", "serve")


def options_of(verb):
    told = subprocess.run([taut.TAUT, verb, "--help"], check=True, capture_output=True, text=True)
    heads = re.findall(r"^  (-\S+)", told.stdout, re.MULTILINE)
    return [name for head in heads for name in head.split(",")]


def completed(*words):
    """What bash offers for the last of these words."""
    script = f"source {ROOT}/apps/taut/completion.bash; COMP_WORDS=(\"$@\"); " \
             "COMP_CWORD=$(($# - 1)); _taut; printf '%s\\n' \"${COMPREPLY[@]}\""
    done = subprocess.run(["bash", "-c", script, "bash", *words], check=True, capture_output=True,
                          text=True)
    return done.stdout.split()


class Documents(unittest.TestCase):
    def test_they_are_as_the_help_says(self):
        done = subprocess.run([sys.executable, ROOT / "tools/document_options.py", taut.TAUT,
                               "--check"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_every_option_is_in_the_manual(self):
        page = (ROOT / "apps/taut/taut.1").read_text(encoding="utf-8").replace("\\-", "-")
        for verb in VERBS:
            part = page.split(f".SH TAUT {verb.upper()}\n")[1].split(".SH TAUT")[0]
            for name in options_of(verb):
                self.assertIn(f"\\fB{name}\\fR", part)

    def test_every_option_is_completed(self):
        for verb in VERBS:
            offered = completed("taut", verb, "-")
            self.assertEqual(sorted(offered), sorted(options_of(verb)))

    def test_a_url_alone_takes_the_options_of_connect(self):
        self.assertIn("--on-eof", completed("taut", "ws://x/", "--on"))

    def test_verbs_and_values_are_completed(self):
        self.assertEqual(completed("taut", ""), ["connect", "probe", "serve"])
        self.assertEqual(completed("taut", "--ver"), ["--version", "--verbose"])
        self.assertEqual(completed("taut", "connect", "--on-eof", "q"), ["quiet"])
        self.assertEqual(completed("taut", "probe", "--http", ""), ["1.1", "2", "auto"])
        self.assertEqual(completed("taut", "serve", "--slow-peers", "d"), ["drop"])
        self.assertIn(f"{ROOT}/README.md", completed("taut", "connect", "-f", f"{ROOT}/READ"))
        self.assertEqual(completed("taut", "connect", "-m", ""), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
