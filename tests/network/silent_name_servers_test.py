#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`taut` against name servers that answer some types and names only: a silent one keeps nobody, and
a search list leads nobody elsewhere."""

import contextlib
import os
import pathlib
import socket
import struct
import subprocess
import threading
import time
import unittest

import policies_test as peers

TAUT = os.environ.get("TAUT", str(pathlib.Path(__file__).parents[2] / "build/release/bin/taut"))
LIMIT = 60  # seconds for any one thing; a hang is a failure, not a wait
# c-ares itself gives a silent server 14 s; a name that is open after some ms is done long before.
SOON = 7
TYPES = {1: "A", 28: "AAAA", 65: "HTTPS"}
NOERROR, NXDOMAIN = 0, 3
V4, V6 = socket.inet_aton("127.0.0.1"), socket.inet_pton(socket.AF_INET6, "::1")


class NameServer:
    """Knows the answers of a table, (name, type) -> data of a record; None: says nothing. Other
    names do not exist. `asked` has all questions."""

    def __init__(self, table):
        self.table, self.asked = table, []
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.at = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(type=socket.SOCK_DGRAM) as last:
            last.sendto(b"end", self.socket.getsockname())
        self.thread.join()
        self.socket.close()

    def run(self):
        while (message := self.socket.recvfrom(4096))[0] != b"end":
            answer = self.answer(message[0])
            if answer:
                self.socket.sendto(answer, message[1])

    def answer(self, query):
        end = query.index(b"\0", 12) + 5
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += 1 + query[at]
        name, kind = ".".join(labels), TYPES[query[end - 3]]
        self.asked.append((name, kind))
        exists = any(known == name for known, _ in self.table)
        data = self.table.get((name, kind), b"")
        if data is None:
            return None
        record = b"\xc0\x0c" + query[end - 4 : end] + struct.pack(">IH", 60, len(data)) + data
        flags = 0x8180 | (NOERROR if exists else NXDOMAIN)
        head = query[:2] + struct.pack(">5H", flags, 1, 1 if data else 0, 0, 0)
        return head + query[12:end] + (record if data else b"")


def taut(server, *words, **environment):
    """What became of it, and how long that took."""
    began = time.monotonic()
    clean = {name: value for name, value in os.environ.items()
             if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [TAUT, *words, "--dns-servers", server.at],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        stdin=subprocess.DEVNULL,
        env={**clean, **environment},
    )
    return done, time.monotonic() - began


def sockets_of(process):
    count = 0
    for each in pathlib.Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            count += os.readlink(each).startswith("socket:")
    return count


class SilentNameServers(unittest.TestCase):
    """A type that is never answered, as behind many home routers."""

    def test_an_open_websocket_has_one_socket(self):
        over = threading.Event()

        def stay_open(request):
            yield peers.open_and_close(request)[:-4]
            over.wait(LIMIT)

        with NameServer({("a.test", "A"): V4, ("a.test", "AAAA"): None}) as server, \
                peers.Server({"/": stay_open}) as peer:
            port = peer.url.rsplit(":", 1)[1]
            words = [TAUT, "connect", "-v", f"ws://a.test:{port}/", "--dns-servers", server.at]
            with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True) as process:
                self.assertTrue(any(line.startswith("* open") for line in process.stderr))
                until = time.monotonic() + SOON
                while (sockets := sockets_of(process.pid)) > 1 and time.monotonic() < until:
                    time.sleep(0.02)
                over.set()
                process.kill()
        self.assertEqual(sockets, 1)

    def test_a_probe_draws_at_once(self):
        with NameServer({("a.test", "A"): V4, ("a.test", "AAAA"): None}) as server, \
                peers.Server({"/": peers.open_and_close}) as peer:
            port = peer.url.rsplit(":", 1)[1]
            done, seconds = taut(server, "probe", f"ws://a.test:{port}/")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("open after", done.stdout)
        self.assertLess(seconds, SOON)

    def test_an_error_comes_at_the_deadline_and_names_the_name_server(self):
        with NameServer({("a.test", "A"): None, ("a.test", "AAAA"): None}) as server:
            done, seconds = taut(server, "connect", "ws://a.test/", "--handshake-timeout", "300ms")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('no name server answered in time for "a.test" (AAAA, A)', done.stderr)
        self.assertLess(seconds, SOON)


class SearchLists(unittest.TestCase):
    def connect(self, server, url, domains):
        return taut(server, "connect", url, "--auth", "u:secret", LOCALDOMAIN=domains)

    def test_no_type_is_taken_from_another_name(self):
        """The wildcard of a search domain has an address of the family that the name has not."""
        elsewhere = socket.create_server(("::1", 0), family=socket.AF_INET6)
        with elsewhere, peers.Server({"/": peers.open_and_close}) as peer:
            port = peer.url.rsplit(":", 1)[1]
            table = {("www.example.test", "A"): V4, ("www.example.test.corp.test", "AAAA"): V6}
            with NameServer(table) as server:
                done, _ = self.connect(server, f"ws://www.example.test:{port}/", "corp.test")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(peer.requests), 1)
        self.assertEqual({name for name, _ in server.asked}, {"www.example.test"})

    def test_a_short_name_is_found_in_one_domain_for_all_types(self):
        table = {("db.a.test", "A"): V4, ("db.b.test", "AAAA"): V6}
        with peers.Server({"/": peers.open_and_close}) as peer, NameServer(table) as server:
            port = peer.url.rsplit(":", 1)[1]
            done, _ = self.connect(server, f"ws://db:{port}/", "a.test b.test")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(("db.b.test", "AAAA"), server.asked)

    def test_a_final_dot_ends_a_name(self):
        with NameServer({("db.a.test", "A"): V4}) as server:
            done, _ = self.connect(server, "ws://db.:9/", "a.test")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual({name for name, _ in server.asked}, {"db"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
