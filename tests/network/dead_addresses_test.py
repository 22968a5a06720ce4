#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`taut connect` to names whose first addresses are dead, each in its own way, over real links."""

import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import networks

sys.path.append(str(pathlib.Path(__file__).parents[1] / "dns"))
import name_servers  # noqa: E402
from name_servers_test import Relay  # noqa: E402

TAUT = os.environ.get("TAUT", str(pathlib.Path(__file__).parents[2] / "build/release/bin/taut"))
DOMAIN = "tautline.test"
GOOD = "10.7.0.2"
SLOW = "10.8.0.2"
SLOW_ROUND_TRIP = 2 * networks.SLOW_DELAY
REFUSED, STALLING, WRONG, SILENT, HALF = (f"2001:db8:7::{host}" for host in (9, 3, 4, 5, 6))
LAST = "2001:db8:7::200"  # good, and behind all others of its family: RFC 6724 rule 9, and Knot
DELAY = 0.25  # head start of an attempt
SPARE = 0.3
BLACKHOLE = "2001:db8:7::66"
ELSEWHERE = "2001:db8:7::2"
TRIES = 12  # at what is measured

DEAD = {
    "refused": REFUSED,
    "blackholed": BLACKHOLE,
    "stalling": STALLING,  # TLS that stalls, or HTTP that never answers
    "wrong": WRONG,  # a certificate of another name, or nobody there
    "silent": SILENT,  # TLS, then HTTP that never answers
    "half": HALF,  # TLS, then half the head of an answer
    "nowhere": "2001:db9::1",
    **{kind: prefix + "1" for kind, prefix in networks.UNREACHABLE.items()},
}
ZONE = f"""
good        A     {GOOD}
slow        A     {SLOW}
slow        AAAA  {BLACKHOLE}
hopeless    AAAA  {REFUSED}
hopeless    AAAA  2001:db9::1
record      HTTPS 1 good alpn=http/1.1 port=8443
_8443._https.port HTTPS 1 good port=443
alias       HTTPS 0 alias2
alias2      HTTPS 0 alias3
alias3      HTTPS 1 good alpn=http/1.1
circle      HTTPS 0 circle2
circle2     HTTPS 0 circle
circle      A     {GOOD}
hint        HTTPS 1 hinted ipv4hint={GOOD}
lost        HTTPS 1 dead.target alpn=h2 ipv6hint={BLACKHOLE}
lost        HTTPS 2 good
strange     HTTPS 1 dead.target mandatory=key667 key667=x
strange     A     {GOOD}
overridden  AAAA  {ELSEWHERE}
overridden  HTTPS 1 . alpn=http/1.1 ipv4hint={SLOW} ipv6hint={ELSEWHERE}
_80._https.overridden HTTPS 1 overridden
port        A     {GOOD}
""" + "".join(
    f"{name} AAAA {address}\n{name} A {GOOD}\nevery AAAA {address}\n"
    for name, address in DEAD.items()
) + f"every A {GOOD}\n" + "".join(
    f"row AAAA {address}\n"
    for address in (REFUSED, BLACKHOLE, STALLING, WRONG, SILENT, HALF, LAST)
)


def make_certificate(folder, name):
    certificate, key = f"{folder}/{name}.pem", f"{folder}/{name}.key"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:*.{name}"]
    files = ["-keyout", key, "-out", certificate]
    subprocess.run([*command.split(), *subject, *files], check=True, capture_output=True)
    return certificate, key


def answer(listener, says=b"", certificate=None):
    """Takes connections, reads a request, says something, and no more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate:
        context.load_cert_chain(*certificate)
    held = []

    def talk(stream):
        try:
            if certificate:
                stream = context.wrap_socket(stream, server_side=True)
            held.append(stream)
            stream.recv(4096)
            stream.sendall(says)
        except OSError:
            return  # the client is gone

    def accept():
        while True:
            try:
                stream = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=talk, args=(stream,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


class Call:
    """`taut connect -v`, with the moment at which each line of its story came."""

    def __init__(self, url, *options):
        command = [TAUT, "connect", "-v", "--cacert", f"{Network.folder}/{DOMAIN}.pem"]
        servers = ["--dns-servers", f"127.0.0.1:{Network.names.port}"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [*command, *servers, *options, url], stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )
        self.lines = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()

    @property
    def story(self):
        return "".join(line for _, line in self.lines)

    def read_until(self, pattern):
        """The time at which a line with it came."""
        for line in self.process.stderr:
            self.lines.append((time.monotonic(), line))
            if re.search(pattern, line):
                return self.lines[-1][0]
        raise AssertionError(f"never {pattern!r}:\n{self.story}")

    def time_until(self, pattern):
        return -self.read_until(r"\* attempt 1:") + self.read_until(pattern)

    def sockets(self):
        folder = pathlib.Path(f"/proc/{self.process.pid}/fd")
        targets = [os.readlink(each) for each in folder.iterdir()]
        return sum(target.startswith("socket:") for target in targets)

    def finish(self):
        """Sends a line, and gives the exit code and what came back."""
        output, rest = self.process.communicate("hello\n", timeout=networks.LIMIT)
        self.lines.append((0, rest))
        return self.process.returncode, output


class Network:
    """What all tests share."""

    folder = None
    names = None


def serve(far, host, port, certificate=None):
    tls = ["--tls-cert", certificate[0], "--tls-key", certificate[1]] if certificate else []
    far.run([TAUT, "serve", "--echo", "--host", host, "--port", str(port), *tls])


def setUpModule():
    Network.folder = unittest.enterModuleContext(tempfile.TemporaryDirectory())
    far = unittest.enterModuleContext(networks.Network())
    Network.names = unittest.enterModuleContext(name_servers.Knot(DOMAIN, ZONE))
    good = make_certificate(Network.folder, DOMAIN)
    for host, port in ((GOOD, 443), (GOOD, 8443), (SLOW, 443), (ELSEWHERE, 443)):
        serve(far, host, port, good)
    for host in (GOOD, SLOW, ELSEWHERE):
        serve(far, host, 80)
    serve(far, WRONG, 443, make_certificate(Network.folder, "elsewhere.test"))
    for port in (80, 443):
        far.listen(STALLING, port)
    networks.run(f"ip addr add {LAST}/64 dev far nodad", *far.far)
    serve(far, LAST, 80)
    serve(far, LAST, 443, good)
    for host, says in ((SILENT, b""), (HALF, b"HTTP/1.1 101 Sw")):
        answer(far.listen(host, 80), says)
        answer(far.listen(host, 443), says, good)


class Case(unittest.TestCase):
    def assert_opens(self, url, *options):
        """It opens, what is left is one connection, and that works."""
        with Call(url, "-n", "1", *options) as call:
            call.read_until(r"^\* open")
            self.assertEqual(call.sockets(), 1, call.story)
            self.assertEqual(call.finish(), (0, "hello\n"), call.story)
            return call

    def assert_connects_within(self, url, address, most, least=0):
        """Once is enough: a busy machine adds to a time, and never takes from it."""
        times = []
        while not times or (min(times) >= most and len(times) < TRIES):
            with Call(url) as call:
                times.append(call.time_until(rf"connected to {address}"))
        self.assertLess(min(times), most, times)
        self.assertGreater(min(times), least, times)

    def assert_opens_within(self, url, most, least=0):
        """As above, with the whole way to the session, and one socket that is left of it."""
        times = []
        while not times or (min(times) >= most and len(times) < TRIES):
            with Call(url) as call:
                times.append(call.time_until(r"^\* open"))
                self.assertEqual(call.sockets(), 1, call.story)
        self.assertLess(min(times), most, times)
        self.assertGreater(min(times), least, times)


class DeadAddresses(Case):
    def test_each_kind_costs_its_head_start_at_most(self):
        quick = {"refused", "nowhere", "wrong", *networks.UNREACHABLE}  # they say so at once
        for scheme in ("ws", "wss"):
            for kind in DEAD:
                with self.subTest(kind, scheme=scheme):
                    # SPARE is more than a delay: it says nothing about what costs none.
                    most = 0.2 if kind in quick else DELAY + SPARE
                    self.assert_opens_within(f"{scheme}://{kind}.{DOMAIN}/", most)

    def test_six_dead_addresses_in_a_row_cost_the_delays_of_those_that_wait(self):
        waiting = 4 * DELAY  # blackholed, stalling, silent, half
        for scheme in ("ws", "wss"):
            with self.subTest(scheme):
                url = f"{scheme}://row.{DOMAIN}/"
                self.assert_opens_within(url, waiting + SPARE, least=waiting - DELAY)
                story = self.assert_opens(url).story
                self.assertIn(f"attempt 7: [{LAST}]", story)

    def test_a_dead_ipv6_costs_its_head_start_and_no_more(self):
        url = f"ws://blackholed.{DOMAIN}/"
        self.assert_connects_within(url, GOOD, most=0.3, least=0.2)

    def test_a_dead_ipv6_costs_no_more_where_the_way_is_long(self):
        most, least = SLOW_ROUND_TRIP + 0.3, SLOW_ROUND_TRIP + 0.2
        self.assert_connects_within(f"ws://slow.{DOMAIN}/", SLOW, most, least)
        self.assert_connects_within(f"wss://slow.{DOMAIN}/", SLOW, most, least)

    def test_an_address_that_refuses_costs_nothing(self):
        for kind in ("refused", "nowhere", *networks.UNREACHABLE):
            with self.subTest(kind):
                self.assert_connects_within(f"ws://{kind}.{DOMAIN}/", GOOD, most=0.15)

    def test_every_kind_is_survived_over_plain_connections(self):
        for kind in (*DEAD, "every"):
            with self.subTest(kind):
                self.assert_opens(f"ws://{kind}.{DOMAIN}/")

    def test_every_kind_is_survived_over_tls(self):
        for kind in (*DEAD, "every"):
            with self.subTest(kind):
                self.assert_opens(f"wss://{kind}.{DOMAIN}/")

    def test_the_failure_names_every_address(self):
        with Call(f"wss://hopeless.{DOMAIN}/") as call:
            code, output = call.finish()
            self.assertEqual((code, output), (3, ""))
            for address in (REFUSED, "2001:db9::1"):
                self.assertIn(f"[{address}]:443", call.story.splitlines()[-1])

    def test_nothing_but_dead_ends_with_its_time_limit(self):
        with Call(f"wss://[{BLACKHOLE}]/", "--handshake-timeout", "500ms") as call:
            self.assertEqual(call.finish()[0], 6, call.story)


class Names(Case):
    def test_a_record_leads_to_another_host_and_port(self):
        story = self.assert_opens(f"wss://record.{DOMAIN}/").story
        self.assertIn(f"connected to {GOOD}:8443", story)

    def test_a_record_of_another_port_is_found_by_its_prefix(self):
        story = self.assert_opens(f"wss://port.{DOMAIN}:8443/").story
        self.assertIn(f"connected to {GOOD}:443", story)

    def test_a_chain_of_aliases_is_followed(self):
        self.assert_opens(f"wss://alias.{DOMAIN}/")

    def test_a_circle_of_aliases_leads_back_to_the_name(self):
        self.assert_opens(f"wss://circle.{DOMAIN}/")

    def test_a_hint_is_enough(self):
        self.assert_opens(f"wss://hint.{DOMAIN}/")

    def test_a_dead_record_is_followed_by_the_next(self):
        self.assert_opens(f"wss://lost.{DOMAIN}/")

    def test_a_record_that_needs_more_is_passed_over(self):
        self.assert_opens(f"wss://strange.{DOMAIN}/")

    def replace(self, path, lines):
        """Gives a file of /etc other content, for the test."""
        other = pathlib.Path(Network.folder) / path.replace("/", "_")
        other.write_text(lines)
        networks.run(f"mount --bind {other} {path}")
        self.addCleanup(networks.run, f"umount {path}")
        return other

    def write_hosts(self, lines):
        self.replace("/etc/hosts", lines)

    def test_the_hosts_file_comes_before_name_servers(self):
        names = f"in-hosts.{DOMAIN} hopeless.{DOMAIN}"
        self.write_hosts(f"{GOOD} {names}\n{REFUSED} in-hosts.{DOMAIN}\n")
        self.assert_opens(f"wss://in-hosts.{DOMAIN}/")
        self.assert_opens(f"ws://hopeless.{DOMAIN}/")

    def test_a_resolver_follows_a_change_of_the_name_servers(self):
        relay = Relay(Network.names.port, at=("127.0.0.2", 53))
        self.enterContext(relay)
        conf = self.replace("/etc/resolv.conf", "")
        question = f"good.{DOMAIN}/a"
        again = ["+", "@1100", question] * networks.LIMIT
        command = [name_servers.PROBE, "", "300", "1", question, *again]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as asking:
            self.addCleanup(asking.stdout.close)
            self.addCleanup(asking.kill)
            self.assertIn("failed", asking.stdout.readline())
            conf.write_text("nameserver 127.0.0.2\n")
            self.assertTrue(any(GOOD in line for line in asking.stdout))
            asking.kill()

    def test_nothing_leads_around_the_hosts_file(self):
        for address in (GOOD, REFUSED):  # without an answer of its own, too
            self.write_hosts(f"{address} overridden.{DOMAIN}\n")
            for scheme in ("ws", "wss"):
                with self.subTest(address=address, scheme=scheme):
                    with Call(f"{scheme}://overridden.{DOMAIN}/", "-n", "1") as call:
                        self.assertEqual(call.finish()[0], 0 if address == GOOD else 3)
                    tried = re.findall(r"attempt \d+: (\S+):\d+", call.story)
                    self.assertEqual({each.strip("[]") for each in tried}, {address}, call.story)


if __name__ == "__main__":
    if not name_servers.KNOTD:
        print("knotd is not installed")
        sys.exit(77)
    networks.enter()
    unittest.main(verbosity=2)
