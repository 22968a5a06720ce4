# SPDX-License-Identifier: MIT
"""`taut connect` on a terminal, in tmux: what a person sees and types."""

import asyncio
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

from support import HandlerServer, taut


class Terminal:
    """A terminal of its own, in which one command runs."""

    def __init__(self, *command, columns=80, environment=None):
        self.socket = f"taut-test-{uuid.uuid4().hex[:8]}"
        self.folder = tempfile.TemporaryDirectory()
        self.status = pathlib.Path(self.folder.name) / "status"
        settings = {"HOME": self.folder.name, "LC_ALL": "C.UTF-8", **(environment or {})}
        script = pathlib.Path(self.folder.name) / "script"
        words = " ".join("'" + word.replace("'", "'\\''") + "'" for word in command)
        script.write_text("".join(f"export {k}='{v}'\n" for k, v in settings.items()) +
                          f"{words}\necho $? > {self.status}\nsleep 600\n", encoding="utf-8")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", "24",
                  f"bash {script}")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-u", "-L", self.socket, *words], check=True,
                              capture_output=True, text=True, timeout=taut.LIMIT).stdout

    def type(self, text, key="Enter"):
        if text:
            self.tmux("send-keys", "-l", text)
        if key:
            self.tmux("send-keys", key)

    def screen(self, *options):
        return self.tmux("capture-pane", "-p", *options).rstrip("\n")

    def wait_for(self, *parts):
        """Waits until all parts stand on the screen, and returns it."""
        return self.wait_until(lambda screen: all(part in screen for part in parts), parts)

    def wait_until(self, holds, what):
        give_up = time.monotonic() + taut.LIMIT
        while not holds(screen := self.screen()):
            if time.monotonic() > give_up:
                raise AssertionError(f"{what} never came; the screen is:\n{screen}")
            time.sleep(0.02)
        return screen

    def exit_code(self):
        give_up = time.monotonic() + taut.LIMIT
        while not (self.status.exists() and self.status.read_text().strip()):
            if time.monotonic() > give_up:
                raise AssertionError(f"it did not end; the screen is:\n{self.screen()}")
            time.sleep(0.02)
        return int(self.status.read_text())

    def close(self):
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], check=False,
                       capture_output=True)
        self.folder.cleanup()


@taut.needs_program("tmux")
class Interactive(unittest.TestCase):
    def open(self, url, *arguments, **options):
        terminal = Terminal(taut.TAUT, "connect", url, *arguments, **options)
        self.addCleanup(terminal.close)
        terminal.wait_for("connected to")
        return terminal

    def echo_server(self):
        server = taut.Server("--echo")
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server

    def handler_server(self, handler):
        server = HandlerServer(handler)
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server

    def test_a_line_is_sent_and_its_answer_shown_with_the_round_trip_time(self):
        terminal = self.open(self.echo_server().url)
        terminal.type("hello wörld")
        screen = terminal.wait_for("> hello wörld", "< hello wörld", " ms")
        self.assertRegex(screen, r"< hello wörld  \[\d+\.\d\d ms\]")

    def test_a_subprotocol_that_the_server_did_not_choose_is_told(self):
        server = self.echo_server()
        self.open(server.url, "-s", "chat").wait_for("\nthe server chose no subprotocol")
        self.assertNotIn("subprotocol", self.open(server.url).screen())

    def test_what_comes_in_does_not_break_the_line_being_typed(self):

        async def interrupt(ws):
            await ws.recv()
            for i in range(20):
                await ws.send(f"interruption {i}")
            await ws.send("that was all")
            await ws.recv()
        terminal = self.open(self.handler_server(interrupt).url)
        terminal.type("start")
        terminal.type("half a li", key=None)
        screen = terminal.wait_for("that was all", "> half a li")
        self.assertEqual(screen.splitlines()[-1].rstrip(), "> half a li")
        self.assertEqual(screen.count("> half a li"), 1)
        terminal.type("ne")
        terminal.wait_for("> half a line")

    def test_a_line_longer_than_the_screen_survives_too(self):
        async def interrupt(ws):
            async for _ in ws:
                await ws.send("between")
        terminal = self.open(self.handler_server(interrupt).url, columns=40)
        terminal.type("/ping")
        typed = "0123456789" * 9
        terminal.type(typed, key=None)
        terminal.wait_until(lambda screen: typed in screen.replace("\n", ""), "the long line")
        # Another connection's traffic is not needed: a pong is told above the line as well.
        terminal.tmux("send-keys", "Home")
        terminal.tmux("send-keys", "C-k")
        terminal.type("short", key="Enter")
        terminal.wait_for("< between")
        self.assertNotIn("0123", terminal.screen().splitlines()[-1])

    def test_controls_of_the_peer_do_not_reach_the_terminal(self):
        async def attack(ws):
            await ws.send("\x1b[2J\x1b]0;owned\x07\u009b31m\rX\u202e")
            await ws.send("two\n< lines")
            await ws.wait_closed()
        terminal = self.open(self.handler_server(attack).url)
        screen = terminal.wait_for("\\e[2J\\e]0;owned\\x07\\u{9b}31m\\rX\\u{202e}", "< two")
        self.assertIn("\n  < lines", screen)
        self.assertNotIn("owned", terminal.tmux("display-message", "-p", "#{pane_title}"))

    def test_a_long_message_is_cut(self):
        async def flood(ws):
            await ws.send("x" * 100_000)
            await ws.wait_closed()
        terminal = self.open(self.handler_server(flood).url, columns=200)
        terminal.wait_for("[100000 bytes, the first 4096 shown]")

    def test_a_file_that_cannot_be_sent_does_not_end_the_session(self):
        terminal = self.open(self.echo_server().url)
        for path in ("/nonexistent", "/tmp"):
            terminal.type(f"/file {path}")
            terminal.wait_for(f"{path} cannot be sent")
        terminal.type("still here")
        terminal.wait_for("< still here")

    def test_commands_are_obeyed(self):
        terminal = self.open(self.echo_server().url)
        terminal.type("/help")
        terminal.wait_for("/stats")
        terminal.type("/ping hi")
        terminal.wait_for("pong hi after")
        terminal.type("/bin 00 ff")
        terminal.wait_for("< [binary, 2 bytes] 00 ff")
        terminal.type("/headers")
        terminal.wait_for("Sec-WebSocket-Accept: ")
        terminal.type("//slash")
        terminal.wait_for("< /slash")
        terminal.type("/stats")
        terminal.wait_for("sent", "2 messages", "received")
        terminal.type("/nonsense")
        terminal.wait_for("there is no command /nonsense")
        terminal.type("/close 4000 bye")
        terminal.wait_for("closed by us: 4000 application (bye)")
        self.assertEqual(terminal.exit_code(), 0)

    def test_a_file_is_sent_as_binary(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"abc")
            file.flush()
            terminal = self.open(self.echo_server().url)
            terminal.type(f"/file {file.name}")
            terminal.wait_for("< [binary, 3 bytes] 61 62 63")

    def test_the_arrow_keys_bring_lines_back(self):
        terminal = self.open(self.echo_server().url)
        terminal.type("first line")
        terminal.wait_for("< first line")
        terminal.tmux("send-keys", "Up")
        terminal.tmux("send-keys", "Home")
        terminal.type("X")
        terminal.wait_for("< Xfirst line")

    def test_keys_without_a_meaning_leave_nothing_in_the_line(self):
        terminal = self.open(self.echo_server().url)
        for text, key in (("A", b"\x1b[2~"), ("B", b"\x1b[15~"), ("C", b"\x1b[5~"),
                          ("D", b"\x1bOP"), ("E", b"\x1b[3;5~"), ("F", b"\x1b[[A"),
                          ("G", b"\x1b\x1b[A")):
            terminal.type(text, key=None)
            terminal.tmux("send-keys", "-H", *(f"{byte:02x}" for byte in key))
        terminal.type("H")
        terminal.wait_for("< ABCDEFGH ")

    def paste(self, terminal, text):
        terminal.tmux("set-buffer", text)
        terminal.tmux("paste-buffer", "-p")

    def test_lines_that_are_pasted_are_one_message(self):
        async def tell(ws):
            async for message in ws:
                await ws.send(message.encode())
        terminal = self.open(self.handler_server(tell).url)
        terminal.type("<", key=None)
        self.paste(terminal, "a\n\tb\nc\n")
        terminal.type(">")
        terminal.wait_for("> <a^M  b^Mc>", "[binary, 8 bytes] 3c 61 0a 09 62 0a 63 3e")

    def test_lines_that_were_pasted_come_back_from_the_history(self):
        terminal = self.open(self.echo_server().url)
        self.paste(terminal, "one\ntwo")
        terminal.type("")
        terminal.wait_for("< one\n  two")
        terminal.tmux("send-keys", "Up")
        terminal.type("!")
        terminal.wait_for("< one\n  two!")

    def test_what_is_pasted_in_the_middle_stays_there(self):
        terminal = self.open(self.echo_server().url, columns=40)
        terminal.type("ad", key="Left")
        self.paste(terminal, "b" * 50 + "\x01\x04" + "c" * 50)
        line = "> a" + 50 * "b" + "^A^D" + 50 * "c"
        screen = terminal.wait_until(lambda screen: line + "d" in screen.replace("\n", ""), line)
        self.assertEqual(screen.count("> a"), 1)
        terminal.type("e")
        terminal.wait_until(lambda screen: line + "ed" in screen.replace("\n", ""), "the rest")

    def test_a_terminal_is_asked_for_marks_only_while_it_edits(self):
        terminal = self.open(self.echo_server().url)
        terminal.type("", key="C-d")
        self.assertEqual(terminal.exit_code(), 0)
        self.paste(terminal, "after the end")
        self.assertNotIn("200~", terminal.wait_for("after the end"))

    def test_a_tab_is_a_part_of_the_line(self):
        async def tell(ws):
            async for message in ws:
                await ws.send(message.encode())
        terminal = self.open(self.handler_server(tell).url)
        terminal.type("a", key="Tab")
        terminal.type("b")
        terminal.wait_for("> a     b", "[binary, 3 bytes] 61 09 62")

    def test_what_comes_in_goes_above_a_line_that_tabs_make_long(self):
        terminal = self.open(self.echo_server().url, "--ping", "100ms", columns=40)
        for _ in range(6):
            terminal.type("a", key="Tab")
        pongs = terminal.screen().count("pong after")
        screen = terminal.wait_until(lambda screen: screen.count("pong after") > pongs + 1, "pongs")
        self.assertEqual(screen.count("> a"), 1, screen)

    def test_arrows_with_control_go_word_by_word(self):
        terminal = self.open(self.echo_server().url)
        terminal.type("one two", key=None)
        for key in (b"\x1b[1;5D", b"\x1b[3~"):
            terminal.tmux("send-keys", "-H", *(f"{byte:02x}" for byte in key))
        terminal.type("T")
        terminal.wait_for("< one Two ")

    def test_the_escape_key_does_not_hold_messages_up(self):
        async def tick(ws):
            while True:
                await ws.send("tick")
                await asyncio.sleep(0.05)
        terminal = self.open(self.handler_server(tick).url)
        terminal.tmux("send-keys", "Escape")
        before = terminal.screen().count("tick")
        terminal.wait_until(lambda screen: screen.count("tick") > min(before + 3, 20), "ticks")

    def test_history_is_kept_for_the_next_time(self):
        server = self.echo_server()
        with tempfile.TemporaryDirectory() as home:
            terminal = self.open(server.url, environment={"HOME": home})
            terminal.type("remember me")
            terminal.wait_for("< remember me")
            terminal.type("", key="C-d")
            self.assertEqual(terminal.exit_code(), 0)
            history = pathlib.Path(home) / ".taut_history"
            self.assertIn("remember", history.read_text(encoding="utf-8"))
            self.assertEqual(history.stat().st_mode & 0o077, 0)
            again = self.open(server.url, environment={"HOME": home})
            again.tmux("send-keys", "Up")
            again.wait_for("> remember me")

    def test_history_can_be_switched_off(self):
        with tempfile.TemporaryDirectory() as home:
            terminal = self.open(self.echo_server().url, "--no-history",
                                 environment={"HOME": home})
            terminal.type("forget me")
            terminal.wait_for("< forget me")
            terminal.type("", key="C-d")
            terminal.exit_code()
            self.assertEqual(os.listdir(home), [])

    def test_an_interrupt_closes_in_order(self):
        terminal = self.open(self.echo_server().url)
        terminal.type("half", key="C-c")
        terminal.wait_for("closed by us: 1001")
        self.assertEqual(terminal.exit_code(), 130)

    def test_the_terminal_is_as_before_after_the_end(self):
        terminal = self.open(self.echo_server().url)
        terminal.type("", key="C-d")
        self.assertEqual(terminal.exit_code(), 0)
        self.assertIn(" echo", subprocess.run(
            ["stty", "-a", "-F", terminal.tmux("display-message", "-p", "#{pane_tty}").strip()],
            check=True, capture_output=True, text=True).stdout)

    def test_the_end_is_told_once_to_those_who_hear_all(self):
        terminal = self.open(self.echo_server().url, "-v")
        terminal.type("/close")
        terminal.exit_code()
        self.assertEqual(terminal.screen().count("closed by us: 1000 normal"), 1)

    def test_the_close_of_the_server_ends_it(self):
        async def bye(ws):
            await ws.recv()
            await ws.close(1008, "enough")
        terminal = self.open(self.handler_server(bye).url)
        terminal.type("x")
        terminal.wait_for("closed by the server: 1008 policy_violation (enough)")
        self.assertEqual(terminal.exit_code(), 8)

    def test_colours_are_shown_unless_refused(self):
        server = self.echo_server()
        for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
            terminal = self.open(server.url, environment=environment)
            terminal.type("x")
            terminal.wait_for("< x")
            self.assertEqual("\x1b[32m< " in terminal.screen("-e"), coloured)

    def test_it_can_be_put_to_sleep(self):
        terminal = Terminal("bash", "--norc", "-i")
        self.addCleanup(terminal.close)
        terminal.type(f"{taut.TAUT} {self.echo_server().url}")
        terminal.wait_for("connected to")
        terminal.type("", key="C-z")
        terminal.wait_for("Stopped")
        terminal.type("fg")
        terminal.type("again")
        terminal.wait_for("< again")


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
