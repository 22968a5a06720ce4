# SPDX-License-Identifier: MIT
"""A connection that comes back (reconnecting_client.cpp) and a server of python3-websockets that is
killed and started again, or closes with codes of every kind."""

import pathlib
import subprocess
import sys
import unittest

import taut
import websockets  # noqa: F401  restarted_server.py needs it

LOST = "outage 0"  # without a Close
STOPPED = "stopped it was stopped by the application"
COMES_BACK = [1000, 1001, 1008, 1011, 1012, 1013, 1014, 3000, 4999]
FINAL = {
    1002: "protocol_error",
    1003: "unsupported_data",
    1007: "invalid_payload",
    1009: "message_too_big",
    1010: "mandatory_extension",
}


class Program:
    """A process that tells lines. Killed at the end."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [*map(str, command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self.process:
            self.process.kill()

    def line(self):
        line = taut.line_of(self.process)
        if not line:
            raise AssertionError("it says nothing more")
        return line.strip()

    def lines(self, count):
        return [self.line() for _ in range(count)]


class Server(Program):
    def __init__(self, port=0, manner="answers", codes=()):
        script = pathlib.Path(__file__).with_name("restarted_server.py")
        super().__init__(sys.executable, script, port, manner, *codes)
        self.port = int(self.line())


class Client(Program):
    def __init__(self, server, *words):
        super().__init__(taut.RECONNECTING_CLIENT, f"ws://127.0.0.1:{server.port}/", *words)

    def send(self, text):
        """What it says to it."""
        self.process.stdin.write(text + "\n")
        return self.line_after_outages()

    def stop(self):
        """All that it still says, after it was told to stop or has stopped by itself."""
        self.process.stdin.close()
        said = [line.strip() for line in iter(lambda: taut.line_of(self.process), "")]
        if code := self.process.wait(taut.LIMIT):
            raise AssertionError(f"it ended with {code}")
        return said

    def line_after_outages(self):
        """How often it dials in vain is up to its luck."""
        while (line := self.line()) == LOST:
            pass
        return line


class Reconnecting(unittest.TestCase):
    def check_message_while_down(self, client, port, arrives):
        """Tells the client one more message while there is no server, and starts that again."""
        self.assertEqual(client.send("b"), "took b")
        with Server(port) as server:
            self.assertEqual(client.line_after_outages(), "open")
            self.assertEqual(client.line(), "got pong")
            self.assertEqual(server.lines(len(arrives)), arrives)
            self.assertEqual(client.stop(), [STOPPED])

    def kill_after_message(self, manner, *words):
        """A client whose server was killed when it had the first message; and its port."""
        with Server(manner=manner) as server:
            client = self.enterContext(Client(server, *words))
            self.assertEqual(client.line(), "open")
            self.assertEqual(client.send("a"), "took a")
            self.assertEqual(server.lines(2), ["subscribe", "a"])
            if manner == "answers":
                self.assertEqual(client.line(), "got pong")
        return client, server.port

    def test_subscribes_again_at_a_server_that_was_killed_and_sends_nothing_twice(self):
        client, port = self.kill_after_message("answers")
        self.assertEqual(client.line(), LOST)
        self.check_message_while_down(client, port, ["subscribe", "b"])

    def test_tells_what_is_not_known_to_have_arrived(self):
        client, port = self.kill_after_message("silent")
        self.assertEqual(client.lines(2), ["lost a", LOST])
        self.check_message_while_down(client, port, ["subscribe", "b"])

    def test_sends_again_what_is_not_known_to_have_arrived(self):
        client, port = self.kill_after_message("silent", "resend")
        self.assertEqual(client.line(), LOST)
        self.check_message_while_down(client, port, ["subscribe", "a", "b"])

    def test_gives_back_what_was_never_sent(self):
        client, _ = self.kill_after_message("answers")
        self.assertEqual(client.line(), LOST)
        self.assertEqual(client.send("b"), "took b")
        said = [line for line in client.stop() if line != LOST]
        self.assertEqual(said, ["kept b", STOPPED])

    def test_comes_back_after_a_close_that_is_not_final(self):
        with Server(codes=COMES_BACK) as server, Client(server) as client:
            for code in COMES_BACK:
                self.assertEqual(client.lines(2), ["open", f"outage {code}"])
            self.assertEqual(client.line(), "open")

    def test_stops_after_a_close_that_is_final(self):
        for code, name in FINAL.items():
            with self.subTest(code), Server(codes=[code]) as server, Client(server) as client:
                why = f"stopped the peer closed the connection with {code} ({name})"
                self.assertEqual(client.lines(2), ["open", why])
                self.assertEqual(client.stop(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
