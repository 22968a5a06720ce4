# SPDX-License-Identifier: MIT
"""Which proxy do the environment and the options ask for? Compared with the real curl, by case.

curl runs against a listener that looks at the first bytes: HTTP, SOCKS5 or TLS, and whether they
carry credentials. `environment_answer` tells what the library makes of the same environment, and
`taut` runs against the listeners as curl does to show what --proxy and --noproxy do to it."""

import base64
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import unittest

BUILT = pathlib.Path(__file__).parents[2] / "build/release/bin"
TAUT = os.environ.get("TAUT", BUILT / "taut")
ANSWER = pathlib.Path(os.environ.get("TAUTLINE_BIN", BUILT)) / "environment_answer"

PLAIN, SECURE = "http://host.test/", "https://host.test/"
NONE = ""  # Nobody listens on the proxy's port: only its address shows.


class Listener:
    """Accepts connections for ever; `first` is what the last one sent first."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.first = None
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.socket.accept()
            with connection:
                connection.settimeout(10)
                try:
                    self.first = connection.recv(4096)
                except OSError:
                    self.first = b""


PROXY, DIRECT = Listener(), Listener()


def fill(variables):
    place = f"127.0.0.1:{PROXY.port}"
    return {name: value.replace("{P}", place) for name, value in variables.items()}


def seen_by_proxy(first):
    """What the first bytes tell: the protocol, and the credentials as far as they show."""
    if first is None:
        return NONE
    if first[:1] == b"\x05":
        return "socks5 with password" if b"\x02" in first[2:] else "socks5"
    if first[:1] == b"\x04":
        return "socks4"
    if first[:1] == b"\x16":
        return "https"
    field = re.search(rb"\r\nProxy-Authorization: Basic (\S+)\r\n", first)
    return "http" + (" " + base64.b64decode(field[1]).decode() if field else "")


def ask_curl(url, variables):
    """("direct",), ("error",) or ("address:port", what its listener saw)."""
    PROXY.first = DIRECT.first = None
    process = subprocess.run(
        # Whatever goes straight goes to the listener, without name servers and networks.
        ["curl", "-sv", "--max-time", "10", "--connect-to", f"::127.0.0.1:{DIRECT.port}", url],
        env={"PATH": os.environ["PATH"], **fill(variables)},
        capture_output=True,
        text=True,
        errors="replace",
    )
    if DIRECT.first is not None:
        return ("direct",)
    tried = re.search(r"^\*   Trying (\S+)\.\.\.$", process.stderr, re.MULTILINE)
    return (tried[1], seen_by_proxy(PROXY.first)) if tried else ("error",)


def ask_us(url, variables):
    scheme, host = re.fullmatch(r"(https?|wss?)://(.*?)(?::\d+)?/", url).groups()
    answer = subprocess.run(
        [ANSWER, "wss" if scheme in ("https", "wss") else "ws", host],
        env={"PATH": os.environ["PATH"], **fill(variables)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.rstrip("\n")
    if answer in ("DIRECT", "error"):
        return (answer.lower(),)
    protocol, host, port, *credentials = answer.split(" ", 3)
    place = f"{host}:{port}"
    if port != str(PROXY.port):
        return (place, NONE)
    if protocol.startswith("socks5"):
        return (place, "socks5 with password" if credentials else "socks5")
    return (place, " ".join([protocol, *credentials]) if protocol == "http" else protocol)


def asked_by(command, options, variables):
    """Which of the listeners a tool turns to: "proxy", "direct" or None."""
    PROXY.first = DIRECT.first = None
    place = f"127.0.0.1:{PROXY.port}"
    subprocess.run(
        [*command, *(option.replace("{P}", place) for option in options)],
        env={"PATH": os.environ["PATH"], **fill(variables)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    return "proxy" if PROXY.first is not None else "direct" if DIRECT.first is not None else None


def curl_speaks_ws():
    text = subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout
    version = re.match(r"curl (\d+)\.(\d+)", text)
    return " wss" in text and tuple(map(int, version.groups())) >= (8, 5)


def no_proxy(entries, host):
    return (f"http://{host}/", {"http_proxy": "{P}", "no_proxy": entries})


VARIABLES = [
    (PLAIN, {}),
    (SECURE, {}),
    (PLAIN, {"http_proxy": "{P}"}),
    (PLAIN, {"HTTP_PROXY": "{P}"}),
    (PLAIN, {"HTTP_PROXY": "127.0.0.1:1", "all_proxy": "{P}"}),
    (PLAIN, {"https_proxy": "{P}"}),
    (PLAIN, {"all_proxy": "{P}"}),
    (PLAIN, {"ALL_PROXY": "{P}"}),
    (PLAIN, {"http_proxy": "", "all_proxy": "{P}"}),
    (PLAIN, {"http_proxy": "{P}", "all_proxy": "127.0.0.1:1"}),
    (PLAIN, {"all_proxy": "{P}", "ALL_PROXY": "127.0.0.1:1"}),
    (PLAIN, {"all_proxy": "", "ALL_PROXY": "{P}"}),
    (SECURE, {"https_proxy": "{P}"}),
    (SECURE, {"HTTPS_PROXY": "{P}"}),
    (SECURE, {"http_proxy": "{P}"}),
    (SECURE, {"https_proxy": "", "HTTPS_PROXY": "{P}"}),
    (SECURE, {"https_proxy": "{P}", "HTTPS_PROXY": "127.0.0.1:1"}),
    (SECURE, {"HTTPS_PROXY": "{P}", "all_proxy": "127.0.0.1:1"}),
    (SECURE, {"all_proxy": "{P}"}),
    (PLAIN, {"http_proxy": "{P}", "no_proxy": "*"}),
    (PLAIN, {"http_proxy": "{P}", "NO_PROXY": "*"}),
    (PLAIN, {"http_proxy": "{P}", "no_proxy": "", "NO_PROXY": "*"}),
    (PLAIN, {"http_proxy": "{P}", "no_proxy": "other", "NO_PROXY": "*"}),
    (SECURE, {"https_proxy": "{P}", "no_proxy": "host.test"}),
    (PLAIN, {"http_proxy": "bad://", "no_proxy": "*"}),
    (SECURE, {"https_proxy": "{P}", "http_proxy": "bad://"}),
]

# Only of curl that knows ws and wss, and falls back to the variables of http and https: 8.5.
WEB_SOCKETS = [
    ("ws://host.test/", {"ws_proxy": "{P}", "http_proxy": "127.0.0.1:1"}, "http"),
    ("ws://host.test/", {"WS_PROXY": "{P}", "http_proxy": "127.0.0.1:1"}, "http"),
    ("ws://host.test/", {"ws_proxy": "{P}", "WS_PROXY": "127.0.0.1:1"}, "http"),
    ("ws://host.test/", {"ws_proxy": "{P}", "all_proxy": "127.0.0.1:1"}, "http"),
    ("ws://host.test/", {"ws_proxy": "", "http_proxy": "{P}"}, "http"),
    ("ws://host.test/", {"http_proxy": "{P}"}, "http"),
    ("ws://host.test/", {"HTTP_PROXY": "127.0.0.1:1", "all_proxy": "{P}"}, "http"),
    ("ws://host.test/", {"wss_proxy": "{P}", "https_proxy": "{P}"}, None),
    ("wss://host.test/", {"wss_proxy": "{P}", "https_proxy": "127.0.0.1:1"}, "http"),
    ("wss://host.test/", {"WSS_PROXY": "{P}", "https_proxy": "127.0.0.1:1"}, "http"),
    ("wss://host.test/", {"wss_proxy": "{P}", "WSS_PROXY": "127.0.0.1:1"}, "http"),
    ("wss://host.test/", {"HTTPS_PROXY": "{P}", "all_proxy": "127.0.0.1:1"}, "http"),
    ("wss://host.test/", {"ws_proxy": "{P}", "http_proxy": "{P}"}, None),
    ("wss://host.test/", {"wss_proxy": "{P}", "no_proxy": "host.test"}, None),
]

VALUES = [
    "127.0.0.1", "127.0.0.1:", "127.0.0.1:/", "u:p@127.0.0.1:", "http://127.0.0.1:",
    "http://127.0.0.1:/", "http://127.0.0.1", "https://127.0.0.1", "socks5://127.0.0.1",
    "socks5h://127.0.0.1", "http://127.0.0.1:80", "http://127.0.0.1:443", "https://127.0.0.1:80",
    "127.0.0.1:00080", "127.0.0.1:65536", "127.0.0.1:1x", "127.0.0.1:-1",
    "http://{P}", "HTTP://{P}", "https://{P}", "socks5://{P}", "socks5h://{P}", "Socks5H://{P}",
    "http://{P}/", "http://{P}/path?x#y", "{P}/path", "{P}?x", "{P}#y",
    "http://u:p@{P}", "u:p@{P}", "http://u@{P}", "http://:p@{P}", "http://@{P}", "http://:@{P}",
    "http://u%40:p%3a@{P}/", "http://u:p:q@{P}", "u:a;b&c=d$!@{P}", 'u:a^b"@{P}', "u:p@ss@{P}",
    "socks5://u:p@{P}", "socks5h://u@{P}",
    "http://u:%zz@{P}", "http://u:100%@{P}", "u:p%2@{P}", "127.1:80", "0x7f.0.0.1:80",
    "http://0177.0.0.1", "2130706433:80",
    "ftp://{P}", "bad://", "http://", "http:///", "http:{P}", "//{P}", "::1", " http://{P}",
    "http://{P} ", "http://u:a b@{P}", "http://127.0.0 .1",
]  # fmt: skip

NO_PROXY = [
    ("*", "a.b.c"), ("x,*", "a.b.c"), ("*,", "a.b.c"), (" *", "a.b.c"), ("*.b.c", "a.b.c"),
    ("a.b.c", "a.b.c"), ("b.c", "a.b.c"), (".b.c", "a.b.c"), (".b.c", "b.c"), ("..b.c", "a.b.c"),
    ("b.c", "xb.c"), ("a.b.C", "A.B.c"), ("a.b.c", "a.b.c."), ("a.b.c.", "a.b.c"),
    ("a.b.c..", "a.b.c"), (".", "a.b.c"), ("..", "a.b.c"), (".,a.b.c", "a.b.c"), ("X", "x"),
    ("a.b.c:80", "a.b.c"), ("a.b.c:8080", "a.b.c:8080"), ("a.b.c", "a.b.c:8080"),
    ("http://a.b.c", "a.b.c"),
    ("x a.b.c", "a.b.c"), ("x,a.b.c", "a.b.c"), ("x , a.b.c", "a.b.c"), ("x,,a.b.c", "a.b.c"),
    (",a.b.c", "a.b.c"), ("x\ta.b.c", "a.b.c"), ("x;a.b.c", "a.b.c"), ("x\na.b.c", "a.b.c"),
    ("x y a.b.c", "a.b.c"),
    ("localhost", "localhost"), ("localhost", "foo.localhost"), ("localhost", "127.0.0.1"),
    ("127.0.0.1", "localhost"),
    ("1.2.3.4", "1.2.3.4"), ("3.4", "1.2.3.4"), (".4", "1.2.3.4"), ("1.2.3.0/24", "1.2.3.4"),
    ("1.2.4.0/24", "1.2.3.4"), ("1.2.3.5/30", "1.2.3.4"), ("1.2.3.8/29", "1.2.3.4"),
    ("1.2.3.4/32", "1.2.3.4"), ("1.2.3.4/33", "1.2.3.4"), ("1.2.3.4/0", "1.2.3.4"),
    ("0.0.0.0/0", "1.2.3.4"), ("0.0.0.0/1", "1.2.3.4"), ("1.2.3.4/x", "1.2.3.4"),
    ("1.2.3.4/", "1.2.3.4"), ("1.2.3.0/24x", "1.2.3.4"), ("1.2.3.0/ 24", "1.2.3.4"),
    ("1.2.3.0/+24", "1.2.3.4"), ("1.2.3.0/-24", "1.2.3.4"), ("1.2.3.0/024", "1.2.3.4"),
    ("1.2.3/24", "1.2.3.4"), ("1.2.3.4:80", "1.2.3.4"), ("1.2.3.4/24/8", "1.2.3.4"),
    ("1.2.3.0/255.255.255.0", "1.2.3.4"), ("1.2.3.4.", "1.2.3.4"), ("1.2.3.4", "1.2.3.4."),
    ("::ffff:1.2.3.4", "1.2.3.4"), ("1.2.3.4", "[::ffff:1.2.3.4]"), ("01.2.3.4", "1.2.3.4"),
    ("127.0.0.1", "127.1"), ("127.0.0.0/8", "0x7f.0.0.1"), ("127.0.0.1", "2130706433"),
    ("::1", "[::1]"), ("[::1]:80", "[::1]"), ("1", "[::1]"), ("2001:db8::/129", "[2001:db8::1]"),
    ("2001:db8::/32", "[2001:db9::1]"), ("::/0", "[2001:db8::1]"),
]  # fmt: skip

# Options of curl and taut alike, and what the environment holds.
OPTIONS = [
    ([], {}),
    (["-x", "{P}"], {}),
    (["-x", "{P}", "--noproxy", "127.0.0.1"], {}),
    (["--noproxy", "127.0.0.1", "-x", "{P}"], {}),
    (["-x", "{P}", "--noproxy", "other"], {}),
    (["-x", "{P}", "--noproxy", "*"], {}),
    (["--noproxy", "127.0.0.1"], {"http_proxy": "{P}"}),
    (["--noproxy", "127.0.0.0/8"], {"all_proxy": "{P}"}),
    (["--noproxy", "other"], {"http_proxy": "{P}"}),
    (["--noproxy", "*"], {"http_proxy": "{P}"}),
    (["--noproxy", "other", "--noproxy", "127.0.0.1"], {"http_proxy": "{P}"}),
    (["--noproxy", "127.0.0.1", "--noproxy", "other"], {"http_proxy": "{P}"}),
    (["--noproxy", ""], {"http_proxy": "{P}"}),
    (["--noproxy", ""], {"http_proxy": "{P}", "no_proxy": "127.0.0.1"}),
    (["--noproxy", "other"], {"http_proxy": "{P}", "no_proxy": "127.0.0.1"}),
    (["--noproxy", "other"], {"http_proxy": "{P}", "NO_PROXY": "*"}),
    (["-x", "{P}"], {"no_proxy": "127.0.0.1"}),
    (["-x", "{P}"], {"NO_PROXY": "127.0.0.1"}),
    (["-x", "{P}"], {"no_proxy": "other", "NO_PROXY": "127.0.0.1"}),
    (["-x", "{P}"], {"no_proxy": "", "NO_PROXY": "127.0.0.1"}),
    (["-x", "{P}"], {"no_proxy": "other"}),
    (["-x", "{P}", "--noproxy", ""], {"no_proxy": "127.0.0.1"}),
    (["-x", "{P}", "--noproxy", "other"], {"no_proxy": "127.0.0.1"}),
    (["-x", "{P}"], {"http_proxy": "127.0.0.1:1", "no_proxy": "other"}),
    (["-x", ""], {"http_proxy": "{P}"}),
    (["-x", "", "--noproxy", "other"], {"http_proxy": "{P}"}),
    (["-x", "", "-x", "{P}"], {}),
]

# Where the library means to differ: the case, its answer, and why.
DIFFERENT = [
    (PLAIN, {"http_proxy": "socks4://{P}"}, ("error",), "SOCKS4 is not spoken"),
    (PLAIN, {"http_proxy": "socks://{P}"}, ("error",), "SOCKS4 by another name"),
    (PLAIN, {"http_proxy": "127.0.0.1:0"}, ("error",), "there is no port 0"),
    (PLAIN, {"http_proxy": "http:/{P}"}, ("error",), "a slash is missing"),
    (PLAIN, {"http_proxy": "http://u%3ax:p@{P}"}, ("error",), "RFC 7617 2: no colon in a user"),
    (PLAIN, {"http_proxy": "http://u:%0a@{P}"}, ("error",), "curl then uses no proxy at all"),
    (PLAIN, {"http_proxy": "socks5h://localhost/tmp/x"}, ("error",), "no Unix sockets for proxies"),
    (*no_proxy("[::1]", "[::1]"), ("direct",), "curl 7.88 compares IPv6 as text"),
    (*no_proxy("0:0::1", "[::1]"), ("direct",), "curl 7.88 compares IPv6 as text"),
    (*no_proxy("fe80::/10", "[fe80::1]"), ("direct",), "curl 7.88 compares IPv6 as text"),
    (*no_proxy("2001:db8::/31", "[2001:db9::1]"), ("direct",), "curl 7.88 compares IPv6 as text"),
]


class CurlEnvironment(unittest.TestCase):
    def compare(self, url, variables):
        with self.subTest(url=url, variables=variables):
            self.assertEqual(ask_us(url, variables), ask_curl(url, variables))

    def test_every_combination_of_variables(self):
        for url, variables in VARIABLES:
            self.compare(url, variables)

    def test_the_variables_of_websockets(self):
        for url, variables, protocol in WEB_SOCKETS:
            with self.subTest(url=url, variables=variables):
                place = f"127.0.0.1:{PROXY.port}"
                expected = (place, protocol) if protocol else ("direct",)
                self.assertEqual(ask_us(url, variables), expected)
                if curl_speaks_ws():
                    self.assertEqual(ask_curl(url, variables), expected)

    def test_the_options(self):
        place = f"127.0.0.1:{DIRECT.port}/"
        for options, variables in OPTIONS:
            with self.subTest(options=options, variables=variables):
                curl = asked_by(["curl", "-s", f"http://{place}"], options, variables)
                taut = asked_by([TAUT, "connect", f"ws://{place}"], options, variables)
                self.assertIsNotNone(curl)
                self.assertEqual(taut, curl)

    def test_every_form_of_a_value(self):
        for value in VALUES:
            self.compare(PLAIN, {"http_proxy": value})

    def test_every_form_of_no_proxy(self):
        for entries, host in NO_PROXY:
            self.compare(*no_proxy(entries, host))

    def test_every_difference_is_meant(self):
        version = subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout
        for url, variables, expected, reason in DIFFERENT:
            with self.subTest(url=url, variables=variables, reason=reason):
                self.assertEqual(ask_us(url, variables), expected)
                if version.startswith("curl 7.88."):
                    self.assertNotEqual(ask_curl(url, variables), expected)


if __name__ == "__main__":
    if not shutil.which("curl") or not ANSWER.exists():
        print("needs curl and", ANSWER)
        sys.exit(77)
    unittest.main(verbosity=2)
