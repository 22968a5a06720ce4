# SPDX-License-Identifier: MIT
"""Drives headless Firefox by Marionette, its own protocol: JSON over TCP, with lengths in front."""

import json
import pathlib
import socket
import subprocess
import tempfile
import time

START = 90  # seconds until it says where it listens
PREFERENCES = {
    "marionette.port": 0,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}


class Firefox:
    """A new profile; any certificate is good enough."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        profile = pathlib.Path(self.folder.name)
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
        (profile / "user.js").write_text("\n".join(lines))
        self.process = subprocess.Popen(
            ["firefox-esr", "--headless", "--marionette", "--no-remote", "--profile", str(profile)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.sock = socket.create_connection(("127.0.0.1", self.port(profile)), 30)
        self.sock.settimeout(120)
        self.buffer, self.count = b"", 0
        self.receive()  # who it is
        self.call("WebDriver:NewSession", acceptInsecureCerts=True)
        self.call("WebDriver:SetTimeouts", script=120_000)
        return self

    def port(self, profile):
        deadline = time.monotonic() + START
        while time.monotonic() < deadline and self.process.poll() is None:
            file = profile / "MarionetteActivePort"
            if file.exists() and file.read_text():
                return int(file.read_text())
            time.sleep(0.1)  # there is nothing to wait for but the file
        self.process.kill()
        raise AssertionError("Firefox does not start")

    def __exit__(self, *_):
        self.sock.close()
        self.process.terminate()
        self.process.wait(60)
        self.folder.cleanup()

    def receive(self):
        while b":" not in self.buffer:
            self.buffer += self.read()
        size, self.buffer = self.buffer.split(b":", 1)
        while len(self.buffer) < int(size):
            self.buffer += self.read()
        text, self.buffer = self.buffer[: int(size)], self.buffer[int(size) :]
        return json.loads(text)

    def read(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError("Firefox is gone")
        return data

    def call(self, command, **parameters):
        self.count += 1
        text = json.dumps([0, self.count, command, parameters]).encode()
        self.sock.sendall(b"%d:%s" % (len(text), text))
        _, _, error, result = self.receive()
        if error:
            raise AssertionError(error)
        return result

    def run(self, url, function):
        """What the asynchronous function gives in a page of that origin."""
        self.call("WebDriver:Navigate", url=url)
        script = f"const done = arguments[0]; ({function})().then(done, (e) => done(String(e)));"
        result = self.call("WebDriver:ExecuteAsyncScript", script=script, args=[], newSandbox=True)
        return result["value"]
