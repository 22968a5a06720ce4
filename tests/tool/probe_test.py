# SPDX-License-Identifier: MIT
"""`taut probe` and the options for versions, against real servers."""

import json
import os
import socket
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

from support import taut

SELF_SIGNED = ("--echo", "--tls-self-signed")


def run(*words):
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    return subprocess.run(
        [taut.TAUT, *words], capture_output=True, text=True, timeout=60, env=environment
    )


def url_of(server):
    return f"wss://127.0.0.1:{server.port}/"


def rows(output, kind="row"):
    return [line for line in map(json.loads, output.splitlines()) if line["type"] == kind]


class Silent:
    """Takes connections to an address and says nothing; skips the test where there is none."""

    def __init__(self, host, port):
        self.listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.listener.bind((host, port))
        except OSError:
            self.listener.close()
            raise unittest.SkipTest(f"there is no {host} here") from None
        self.listener.listen()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.listener.close()


class Probe(unittest.TestCase):
    @taut.needs_http2
    def test_draws_the_way_over_http2(self):
        with taut.Server(*SELF_SIGNED) as server:
            done = run("probe", "-k", url_of(server))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"probing wss://127.0.0.1:{server.port}/", done.stdout)
        self.assertRegex(done.stdout, r"h2\+h1 .* won: TLSv1\.3, h2, status 200")
        self.assertIn("SETTINGS", done.stdout)
        self.assertRegex(done.stdout, r"open, compressed after|open after")

    def test_goes_over_http_1_1_when_told_to(self):
        with taut.Server(*SELF_SIGNED) as server:
            done = run("probe", "-k", url_of(server), "--http", "1.1", "--json")
        self.assertEqual(rows(done.stdout)[-1]["note"], "TLSv1.3, http/1.1, status 101")

    def test_goes_over_http_1_1_when_the_server_has_nothing_else(self):
        for option in (("--http", "1.1"), ("--no-http2-websockets",)):
            with self.subTest(option), taut.Server(*SELF_SIGNED, *option) as server:
                done = run("probe", "-k", url_of(server), "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("http/1.1, status 101", rows(done.stdout)[-1]["note"])

    @taut.needs_http2
    def test_fails_when_only_http2_is_allowed_and_there_is_none(self):
        with taut.Server(*SELF_SIGNED, "--http", "1.1") as server:
            done = run("probe", "-k", url_of(server), "--http", "2")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("failed", done.stdout)

    @taut.needs_http2
    def test_tells_stages_in_json(self):
        with taut.Server(*SELF_SIGNED) as server:
            done = run("probe", "-k", url_of(server), "--json")
        stages = [part["stage"] for part in rows(done.stdout, "stretch")]
        self.assertEqual(stages[-4:], ["connect", "TLS", "SETTINGS", "session"])
        (result,) = rows(done.stdout, "result")
        self.assertTrue(result["opened"])
        self.assertGreater(result["total_ms"], 0)

    def test_draws_a_picture(self):
        with tempfile.TemporaryDirectory() as folder, taut.Server(*SELF_SIGNED) as server:
            path = os.path.join(folder, "way.svg")
            self.assertEqual(run("probe", "-k", url_of(server), "--svg", path).returncode, 0)
            root = xml.etree.ElementTree.parse(path).getroot()
        self.assertTrue(root.tag.endswith("svg"))

    def test_says_when_the_picture_cannot_be_written(self):
        with taut.Server(*SELF_SIGNED) as server:
            done = run("probe", "-k", url_of(server), "--svg", "/nowhere/way.svg")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot write /nowhere/way.svg", done.stderr)

    def test_draws_a_failure_with_the_exit_code_of_connect(self):
        with taut.Server(*SELF_SIGNED) as server:
            done = run("probe", url_of(server))
        self.assertEqual(done.returncode, 4)
        self.assertIn("failed: the certificate", done.stdout)
        self.assertIn("--cacert", done.stdout)

    def test_says_where_every_attempt_stood_at_the_deadline(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"wss://127.0.0.1:{silent.getsockname()[1]}/"
            done = run("probe", url, "--json", "--handshake-timeout", "300ms")
        self.assertEqual(done.returncode, 6, done.stderr)
        (row,) = rows(done.stdout)
        self.assertEqual(row["outcome"], "given up")
        self.assertIn("tls", row["reason"])
        (result,) = rows(done.stdout, "result")
        self.assertIn(url.split("/")[2], result["text"])

    def test_tells_why_the_loser_of_a_race_lost(self):
        with taut.Server("--echo") as server, Silent("::1", server.port):
            url = f"ws://localhost:{server.port}/"
            done = run("probe", url, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            attempts = [row for row in rows(done.stdout) if "attempt" in row]
            if len(attempts) < 2:
                self.skipTest("localhost is not two addresses here")
            loser, winner = attempts
            self.assertEqual(loser["outcome"], "given up")
            self.assertEqual(loser["reason"], "no answer yet")
            self.assertEqual(loser["address"], f"[::1]:{server.port}")
            self.assertEqual((winner["outcome"], winner["reason"]), ("won", ""))
            self.assertEqual((winner["note"], winner["protocol"]), ("status 101", "h1"))
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "way.svg")
                drawn = run("probe", url, "--svg", path).stdout
                with open(path, encoding="utf-8") as file:
                    self.assertIn("given up: no answer yet<", file.read())
            self.assertIn("given up: no answer yet\n", drawn)

    def test_draws_the_way_to_a_unix_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            with subprocess.Popen([taut.TAUT, "serve", "--unix", path],
                                  stdout=subprocess.PIPE) as server:
                self.addCleanup(server.kill)
                server.stdout.readline()
                url = f"ws+unix:{path}:/"
                done = run("probe", url, "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                (row,) = rows(done.stdout)
                self.assertEqual((row["address"], row["outcome"]), (f"unix:{path}", "won"))
                self.assertEqual(row["note"], "status 101")
                stages = [part["stage"] for part in rows(done.stdout, "stretch")]
                self.assertEqual(stages, ["connect", "session"])
                self.assertIn("won: status 101\n", run("probe", url).stdout)
                server.terminate()
            gone = run("probe", url)
        self.assertEqual(gone.returncode, 3)
        self.assertIn("failed: No such file", gone.stdout)

    def test_tells_a_failure_in_the_fields_of_connect(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        url = f"ws://127.0.0.1:{port}/"
        (result,) = rows(run("probe", url, "--json").stdout, "result")
        error = json.loads(run("connect", url, "--json").stdout)
        for field in ("phase", "error", "message", "endpoint"):
            self.assertEqual(result[field], error[field])

    def test_every_stretch_belongs_to_a_row(self):
        with taut.Server("--echo") as server:
            done = run("probe", f"ws://localhost:{server.port}/", "--json")
        numbers = [row["id"] for row in rows(done.stdout)]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual({part["id"] for part in rows(done.stdout, "stretch")}, set(numbers))

    def test_tells_what_is_wrong_with_a_certificate(self):
        with taut.Server(*SELF_SIGNED) as server:
            done = run("probe", url_of(server), "--json")
        self.assertIn("self-signed and not trusted", rows(done.stdout)[-1]["reason"])

    def test_says_when_the_drawing_cannot_be_written(self):
        with taut.Server("--echo") as server:
            for words in ((), ("--json",)):
                with open("/dev/full", "w") as full:
                    done = subprocess.run([taut.TAUT, "probe", *words, server.url], stdout=full,
                                          stderr=subprocess.PIPE, text=True, timeout=60)
                self.assertEqual(done.returncode, 1)
                self.assertIn("taut: the output cannot be written: No space left", done.stderr)

    def test_refuses_what_cannot_be_dialled(self):
        done = run("probe", "ws://:0/")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("taut: ", done.stderr)


class Versions(unittest.TestCase):
    def test_ipv4_and_ipv6_alone(self):
        with taut.Server("--echo") as server:
            url = f"ws://localhost:{server.port}/"
            self.assertEqual(run("probe", "-4", url).returncode, 0)
            self.assertEqual(run("probe", "-6", url).returncode, 3)

    def test_an_address_of_the_other_version_is_refused(self):
        for words, version in ((("-4", "ws://[::1]:9/"), "IPv4"), (("-6", "127.0.0.1:9"), "IPv6")):
            done = run("connect", *words)
            self.assertEqual(done.returncode, 3)
            self.assertIn(f", and only {version} is allowed", done.stderr)

    def test_an_address_of_the_right_version_is_dialled(self):
        with taut.Server("--echo") as server:
            self.assertEqual(run("connect", "-4", server.url).returncode, 0)

    def test_http2_needs_tls(self):
        done = run("connect", "ws://127.0.0.1:1/", "--http", "2")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--http", done.stderr)

    @taut.needs_http2
    def test_the_access_log_tells_which_it_was(self):
        for version, line in (("auto", "CONNECT / 200"), ("1.1", "GET / 101")):
            with self.subTest(version), tempfile.TemporaryFile("w+") as log:
                with taut.Server(*SELF_SIGNED, "--access-log", stderr=log) as server:
                    run("probe", "-k", url_of(server), "--http", version)
                log.seek(0)
                self.assertIn(line, log.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
