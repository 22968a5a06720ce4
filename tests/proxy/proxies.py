# SPDX-License-Identifier: MIT
"""Real proxies of the distribution on loopback ports of their own, as context managers.

    with Squid() as proxy: ...                        # HTTP, no password
    with Squid(user="u", password="p") as proxy: ...  # answers 407 without it
    with Squid(tls=True) as proxy: ...                # https://; proxy.certificate is to be trusted
    with Socks() as proxy: ...                        # SOCKS5
    with Socks(user="u", password="p") as proxy: ...

`proxy.url` is what a client is to be given, credentials included; `proxy.bare_url` leaves them out.
`proxy.log()` is what Squid wrote of its requests."""

import grp
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

LIMIT = 60  # seconds for any one thing; a hang is a failure, not a wait
ATTEMPTS = 5  # another program may take the port between our choice and the proxy's start
NCSA = "/usr/lib/squid/basic_ncsa_auth"

SQUID = shutil.which("squid") or shutil.which("squid", path="/usr/sbin:/usr/local/sbin")
MICROSOCKS = shutil.which("microsocks")


def missing():
    """The programs that are not installed."""
    programs = {"squid": SQUID, "microsocks": MICROSOCKS, "curl": shutil.which("curl")}
    return [name for name, path in programs.items() if not path]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    """A certificate for localhost and 127.0.0.1 that is its own authority."""
    certificate, key = f"{folder}/certificate.pem", f"{folder}/key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(
        [*command.split(), "-keyout", key, "-out", certificate, *names],
        check=True,
        capture_output=True,
    )
    return certificate, key


class Proxy:
    """A program that listens on `self.port`. Subclasses say how it is started."""

    scheme = "http"
    host = "127.0.0.1"

    def __init__(self, user=None, password=None):
        self.user, self.password = user, password

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="proxy-")
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.folder.cleanup()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()

    def start(self):
        for _ in range(ATTEMPTS):
            self.port = free_port()
            with open(f"{self.folder.name}/output", "w") as output:
                self.process = subprocess.Popen(self.command(), stdout=output, stderr=output)
            if self.wait_until_it_listens():
                return
            self.stop()
        output = pathlib.Path(self.folder.name, "output").read_text(errors="replace")
        raise RuntimeError(f"{type(self).__name__} did not start:\n{output}")

    def wait_until_it_listens(self):
        end = time.monotonic() + LIMIT
        while self.process.poll() is None and time.monotonic() < end:
            try:
                socket.create_connection((self.host, self.port), 1).close()
                return True
            except OSError:
                time.sleep(0.02)
        return False

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def url_with(self, user, password):
        return f"{self.scheme}://{user}:{password}@{self.host}:{self.port}"

    @property
    def bare_url(self):
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def url(self):
        return self.url_with(self.user, self.password) if self.user else self.bare_url

    def prepare(self):
        pass


class Squid(Proxy):
    def __init__(self, user=None, password=None, tls=False):
        super().__init__(user, password)
        if tls:
            self.scheme = "https"

    def prepare(self):
        if self.scheme == "https":
            self.certificate, self.key = make_certificate(self.folder.name)
        if self.user:
            command = ["openssl", "passwd", "-apr1", "-stdin"]
            line = subprocess.run(command, input=self.password, capture_output=True, text=True)
            pathlib.Path(self.folder.name, "users").write_text(f"{self.user}:{line.stdout}")
        if os.geteuid() == 0:
            # Squid gives up the rights of root, and still has to read and write here.
            user, group = pwd.getpwnam("proxy").pw_uid, grp.getgrnam("proxy").gr_gid
            for path in [self.folder.name, *pathlib.Path(self.folder.name).iterdir()]:
                os.chown(path, user, group)

    def command(self):
        path = pathlib.Path(self.folder.name, "squid.conf")
        path.write_text("\n".join(self.configuration()) + "\n")
        path.chmod(0o644)
        return [SQUID, "-N", "-n", f"tautline{self.port}", "-f", str(path)]

    def configuration(self):
        folder = self.folder.name
        if self.scheme == "https":
            yield f"https_port 127.0.0.1:{self.port} tls-cert={self.certificate} tls-key={self.key}"
        else:
            yield f"http_port 127.0.0.1:{self.port}"
        if self.user:
            yield f"auth_param basic program {NCSA} {folder}/users"
            yield "auth_param basic realm tautline"
            yield "acl known proxy_auth REQUIRED"
            yield "http_access allow known"
            yield "http_access deny all"
        else:
            yield "acl forbidden dstdomain forbidden.test"
            yield "http_access deny forbidden"
            yield "http_access allow all"
        yield "cache deny all"
        yield "pid_filename none"
        yield "netdb_filename none"
        yield "pinger_enable off"
        yield "shutdown_lifetime 0 seconds"
        yield "visible_hostname tautline.test"
        yield "dns_nameservers 127.0.0.1"
        yield f"coredump_dir {folder}"
        yield f"cache_log {folder}/cache.log"
        yield f"access_log stdio:{folder}/access.log"
        yield "buffered_logs off"

    def log(self, wanted=""):
        """What Squid wrote of requests; waits for `wanted`, as a tunnel is logged at its end."""
        path = pathlib.Path(self.folder.name, "access.log")
        end = time.monotonic() + LIMIT
        while True:
            text = path.read_text() if path.exists() else ""
            if wanted in text or time.monotonic() > end:
                return text
            time.sleep(0.02)


class Socks(Proxy):
    """microsocks; the name of the target is left to it."""

    scheme = "socks5h"

    def command(self):
        login = ["-u", self.user, "-P", self.password] if self.user else []
        return [MICROSOCKS, "-i", self.host, "-p", str(self.port), *login]
