# SPDX-License-Identifier: MIT
"""Starts servers and load generators, each on its core."""
import contextlib
import json
import os
import re
import select
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVER_CORE, LOAD_CORE = "0", "1"
START_SECONDS = 20
SCRIPTS = {"ws": ["node", str(ROOT / "bench/peers/ws.mjs")],
           "websockets": ["/usr/bin/python3", str(ROOT / "bench/peers/websockets_echo.py")]}


class Missing(Exception):
    """A server or a tool that is not there or cannot do what is asked."""


def pinned(core, command):
    cores = os.sched_getaffinity(0)
    return ["taskset", "-c", core, *command] if int(core) in cores else list(command)


def make_certificate(folder):
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not certificate.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj",
                        "/CN=localhost", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
    return ["--tls", str(certificate), str(key)]


def answer_of(command, limit):
    """What a program prints as JSON."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    if done.returncode != 0:
        raise Missing(done.stderr.strip()[-300:] or f"ended with {done.returncode}")
    return json.loads(done.stdout)


class Server:
    """A running echo server, or the sink. `wrapper` stands before its command and is its parent."""

    def __init__(self, binaries, name, options, wrapper=()):
        command = SCRIPTS.get(name, [str(binaries / name)])
        for program in (command[0], *wrapper[:1]):
            if not shutil.which(program):
                raise Missing(f"{program} is not there")
        self.process = subprocess.Popen([*wrapper, *pinned(SERVER_CORE, [*command, *options])],
                                        text=True, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        line = self.process.stdout.readline() if ready else ""
        match = re.match(r"listening (\d+)", line)
        if not match:
            self.process.kill()
            raise Missing(f"{name} did not start: {self.process.stderr.read().strip()[-300:]}")
        self.port = match.group(1)
        self.pid = only_child(self.process.pid) if wrapper else self.process.pid

    def stop(self):
        """The wrapper, if there is one, ends with it and writes what it knows."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        self.process.communicate()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def only_child(pid):
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()[0])


class Bench:
    """Where the programs are and how long each measurement takes."""

    def __init__(self, binaries, seconds, warm_up):
        self.binaries = binaries
        self.seconds = seconds
        self.warm_up = warm_up
        self.certificate = make_certificate(binaries)

    def server(self, workload, name, wrapper=()):
        options = [*workload.server, *(self.certificate if workload.tls else ())]
        return Server(self.binaries, name, options, wrapper)

    def load_command(self, server, name, options, seconds):
        """`name` is that of the server: the floor speaks no WebSocket."""
        command = [str(self.binaries / "load"), "--port", server.port, "--pid", str(server.pid),
                   "--warm-up", str(self.warm_up), *options, "--seconds", str(seconds)]
        return pinned(LOAD_CORE, command + (["--raw"] if name == "floor" else []))

    def drive(self, server, workload, name, more=()):
        """One measurement of a server that runs."""
        seconds = self.seconds * workload.longer
        options = [*workload.load, *more, *(["--tls"] if workload.tls else [])]
        answer = answer_of(self.load_command(server, name, options, seconds), seconds + 120)
        if answer["messages"] == 0 and "idle" not in options:
            raise Missing("no answer came in time")
        return answer
