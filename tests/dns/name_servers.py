# SPDX-License-Identifier: MIT
"""Runs name servers on loopback for the tests: Knot DNS with a zone, and dnsdist before it."""

import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time

PATH = os.environ.get("PATH", "") + ":/usr/sbin"
KNOTD = shutil.which("knotd", path=PATH)
DNSDIST = shutil.which("dnsdist", path=PATH)
PROBE = pathlib.Path(os.environ.get("TAUTLINE_BIN", "build/asan/bin")) / "dns_probe"
LIMIT = 60  # seconds for any one thing; a hang is a failure, not a wait


ATTEMPTS = 5  # another program may take the port between our choice and the server's start


def free_port():
    """A loopback port that is free for UDP and for TCP."""
    while True:
        with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(udp.getsockname())
            except OSError:
                continue
            return udp.getsockname()[1]


def query(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", 1, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, 1, 1)


def wait_until_it_answers(port, name, process):
    deadline = time.monotonic() + LIMIT
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.settimeout(0.1)
        udp.connect(("127.0.0.1", port))
        while time.monotonic() < deadline and process.poll() is None:
            try:
                udp.send(query(name))
                if udp.recv(4096)[3] & 0x0F == 0:
                    return
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(0.02)
    raise RuntimeError(f"the server on port {port} does not answer")


class Server:
    """A server in a folder and on a port of its own, as a context manager. Subclasses say how it
    is configured and started; `ready` is a name that it has an address for."""

    def __enter__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="dns-")
        self.folder = pathlib.Path(self.scratch.name)
        for attempt in range(ATTEMPTS):
            self.port = free_port()
            try:
                self.start()
                return self
            except RuntimeError as error:
                self.stop()
                if attempt == ATTEMPTS - 1:
                    said = (self.folder / "log").read_text(errors="replace")
                    self.scratch.cleanup()
                    raise RuntimeError(f"{error}\n{said}") from None

    def __exit__(self, *_):
        self.stop()
        self.scratch.cleanup()

    def start(self):
        command = self.configure()
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_until_it_answers(self.port, self.ready, self.process)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Knot(Server):
    """Knot DNS, the authority for a zone with these names, and `ready`."""

    def __init__(self, domain, names):
        self.domain, self.names, self.ready = domain, names, f"ready.{domain}"

    def configure(self):
        (self.folder / "zone").write_text(f"""
$ORIGIN {self.domain}.
$TTL 300
@           SOA   ns root 1 3600 600 86400 30
@           NS    ns
ns          A     127.0.0.1
ready       A     127.0.0.1
{self.names}""")
        (self.folder / "knot.conf").write_text(f"""
server:
    rundir: {self.folder}
    listen: 127.0.0.1@{self.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {self.folder}
template:
  - id: default
    storage: {self.folder}
zone:
  - domain: {self.domain}
    file: {self.folder}/zone
    semantic-checks: off
""")
        return [KNOTD, "-c", "knot.conf"]


class Dnsdist(Server):
    """dnsdist before another server, with rules in Lua."""

    def __init__(self, backend, rules, ready):
        self.backend, self.rules, self.ready = backend, rules, ready

    def configure(self):
        (self.folder / "dnsdist.conf").write_text(f"""
setLocal("127.0.0.1:{self.port}")
setSecurityPollSuffix("")
newServer({{address="127.0.0.1:{self.backend}"}}):setUp()
{self.rules}
""")
        return [DNSDIST, "--supervised", "--disable-syslog", "-C", "dnsdist.conf"]


def probe(servers, *questions, timeout=5000, tries=2, environment=None):
    """What dns_probe prints, in the order in which the answers came."""
    done = subprocess.run(
        [PROBE, servers, str(timeout), str(tries), *questions],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env={**os.environ, **(environment or {})},
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]
