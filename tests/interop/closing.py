# SPDX-License-Identifier: MIT
"""Closes with every code that may be sent, begun by either side, for the tests of all peers. Every
end is told twice, by the peer and by us: with the code and the reason, and as clean."""

import taut

REASON = "bye é"


class ClientCloses:
    """A peer that visits closing_server: its `visit(server, visits, files)` opens each path, lets
    an echo come back where that begins with /echo/, closes if there is a code, and waits for the
    end. It returns what the peer says of each: code, reason, and whether it was clean."""

    # With TLS, the versions that the server offers, the method by which the peer then comes.
    forms = [(False, "auto", "GET"), (True, "auto", "GET")]
    sends = {}  # what it closes with instead of these codes
    answers = {}  # what it takes these codes for
    hears_answers = True  # otherwise it says None of its own closes

    def test_closes_and_is_closed_with_every_code(self):
        with taut.Files() as files:
            for tls, http, method in self.forms:
                with self.subTest(tls=tls, http=http):
                    self.check_visits(files if tls else None, http, method)

    def check_visits(self, files, http, method):
        by_us = [(f"/{how}/{code}", code) for how in ("close", "echo") for code in taut.CLOSE_CODES]
        by_peer = [(code, self.sends.get(code, code)) for code in taut.CLOSE_CODES]
        visits = [(path, 0) for path, _ in by_us] + [("/", code) for code, _ in by_peer]
        with taut.ClosingServer(files, http) as server:
            seen = self.visit(server, visits, files)
        told = [[self.answer(code), REASON, True] for _, code in by_us]
        told += [[sent, "", True] if self.hears_answers else None for _, sent in by_peer]
        self.assertEqual(seen, told)
        self.assertCountEqual(
            server.ends,
            [f"{method} us {code} {self.answer(code)} clean - {REASON}" for _, code in by_us]
            + [f"{method} peer 1006 {sent} clean - {self.reason(sent)}" for _, sent in by_peer],
        )

    def answer(self, code):
        return self.answers.get(code, code)

    @staticmethod
    def reason(code):
        return REASON if code != 1005 else ""


class ServerCloses:
    """A peer that `taut connect` visits."""

    answers = {}

    def check_end(self, process, code, direction, status):
        """It tells of exactly one Close."""
        ends = [event for event in taut.events(process) if event["type"] == "close"]
        self.assertEqual(len(ends), 1, process)
        end = tuple(ends[0].get(name) for name in ("dir", "code", "reason", "clean", "error"))
        self.assertEqual(end, (direction, code, REASON, True, None))
        self.assertEqual(process.returncode, status, process.stderr)

    def check_told(self, ask, *words):
        """The peer begins, since `ask` gives the words that make it close with a code."""
        for code in taut.CLOSE_CODES:
            with self.subTest(code, begins="peer"):
                process = taut.connect(*ask(code), "--json", "--on-eof", "wait", *words)
                self.check_end(process, code, "in", 0 if code in (1000, 1001) else 8)

    def check_heard(self, url, heard, *words):
        """We begin; `heard` gives the line of the peer about it."""
        for code in taut.CLOSE_CODES:
            with self.subTest(code, begins="us"):
                ours = ("--json", "--close-code", str(code), "--close-reason", REASON)
                process = taut.connect(url, *ours, *words)
                answer = self.answers.get(code, code)
                self.check_end(process, answer, "out", 0 if answer == code else 8)
                self.assertEqual(heard(), f"closed {answer} {REASON}\n")
