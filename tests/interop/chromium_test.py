# SPDX-License-Identifier: MIT
"""Chromium, headless, against `taut serve`: its WebSocket is as independent as a peer can be."""

import json
import os
import pathlib
import subprocess
import unittest

import taut
from closing import ClientCloses

# Both are what chromium_driver.mjs takes.
needs_chromium = taut.needs(
    "chromium, node with playwright-core",
    os.path.exists("/usr/bin/chromium") and taut.has_node("playwright-core"),
)
DRIVER = str(pathlib.Path(__file__).parent / "chromium_driver.mjs")

# Echoes every size as text and binary and resolves with what went wrong.
ECHO = """
async () => {
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/', PROTOCOLS);
  socket.binaryType = 'arraybuffer';
  const next = (name) => new Promise((done, fail) => {
    socket.addEventListener(name, done, { once: true });
    const closed = (e) => fail(new Error('closed ' + e.code));
    if (name !== 'close') socket.addEventListener('close', closed, { once: true });
  });
  await next('open');
  const wrong = [];
  for (const size of SIZES) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31) & 255);
    socket.send(bytes);
    const back = new Uint8Array((await next('message')).data);
    const same = back.length === size && back.every((byte, i) => byte === bytes[i]);
    if (!same) wrong.push(['binary', size]);
    const text = 'é'.repeat(size >> 1) + (size & 1 ? 'x' : '');
    socket.send(text);
    if ((await next('message')).data !== text) wrong.push(['text', size]);
  }
  const { extensions, protocol } = socket;
  const closing = next('close');
  socket.close(CODE, 'bye é');
  const { code, wasClean } = await closing;
  return { wrong, extensions, protocol, code, wasClean };
}
"""

# Visits closing_server: VISITS are paths and codes. Where the API refuses a code, because it is the
# browser's own, a Close without one takes its place.
VISIT = """
async () => {
  const ends = [];
  for (const [path, code] of VISITS) {
    const socket = new WebSocket(location.origin.replace('http', 'ws') + path);
    const event = (name) => new Promise((done) => socket.addEventListener(name, done));
    const [opened, echoed, closed] = ['open', 'message', 'close'].map(event);
    await Promise.race([opened, closed]);
    if (path.startsWith('/echo/')) {
      socket.send('x');
      await Promise.race([echoed, closed]);
    }
    try {
      if (code) socket.close(code, 'bye é');
    } catch (error) {
      socket.close();
    }
    const { code: told, reason, wasClean } = await closed;
    ends.push([told, reason, wasClean]);
  }
  return ends;
}
"""
ALLOWED = [1000, 3000, 3999, 4000, 4999]

# Opens, says so, sends SIZE bytes, and waits until the server closes.
WAIT = """
async () => {
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/');
  const closed = new Promise((done) => socket.addEventListener('close', done));
  await new Promise((done) => socket.addEventListener('open', done));
  socket.send(new Uint8Array(SIZE));
  await new Promise((done) => socket.addEventListener(SIZE ? 'close' : 'message', done));
  console.log('open');
  const { code, wasClean } = await closed;
  return { code, wasClean };
}
"""


def start(*arguments):
    return subprocess.Popen(
        ["node", DRIVER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process):
    """The result, which is the last line."""
    said, complained = process.communicate(timeout=240)
    if process.returncode:
        raise AssertionError(complained)
    return json.loads(said.splitlines()[-1])


def drive(*arguments):
    return finish(start(*arguments))


def used(test, page, url):
    """What the page shows when a person has sent two messages and measured."""
    test.assertEqual(page["problems"], [])
    test.assertIn("Connected to " + url, page["state"])
    test.assertEqual(page["rows"].count("taut-line hitch"), 2)
    test.assertEqual(page["rows"].count("de ad be ef"), 2)
    test.assertRegex(page["median"], r"^[0-9.]+ .?s$")


class BrowserCloses(ClientCloses):
    """A browser that has `run_script`."""

    forms = [(False, "auto", "GET"), (True, "1.1", "GET")]
    sends = {code: 1005 for code in taut.CLOSE_CODES if code not in ALLOWED}

    def visit(self, server, visits, files):
        page = server.url.replace("ws", "http", 1) + "health"
        return self.run_script(page, VISIT.replace("VISITS", json.dumps(visits)))


@needs_chromium
class Chromium(BrowserCloses, unittest.TestCase):
    def run_script(self, url, source):
        return drive("script", url, f"({source})()")

    def echo(self, server, code=1000, sizes=None, protocols=()):
        source = (
            ECHO.replace("SIZES", json.dumps(sizes or taut.SIZES))
            .replace("CODE", str(code))
            .replace("PROTOCOLS", json.dumps(protocols))
        )
        page = server.url.replace("ws", "http", 1)
        result = self.run_script(page + "health", source)
        self.assertEqual(result["wrong"], [])
        self.assertEqual((result["code"], result["wasClean"]), (code, True))
        return result

    def test_echoes_every_size_plain(self):
        with taut.Server("--echo", "--max-message", "32M") as server:
            self.assertEqual(self.echo(server, sizes=taut.SIZES + [taut.LARGE])["extensions"], "")

    def test_echoes_every_size_compressed(self):
        with taut.Server("--echo", "--compress", "--max-message", "32M") as server:
            self.assertIn(
                "permessage-deflate",
                self.echo(server, sizes=taut.SIZES + [taut.LARGE])["extensions"],
            )

    def test_echoes_over_tls_with_and_without_compression(self):
        tls = ("--tls-self-signed", "--http", "1.1", "--max-message", "32M")
        forms = ((), "", taut.LARGE), (("--compress",), "permessage-deflate", 1_000_000)
        for words, extension, largest in forms:
            with self.subTest(extension), taut.Server("--echo", *tls, *words) as server:
                seen = self.echo(server, sizes=taut.SIZES + [largest])
                self.assertEqual(seen["extensions"].split(";")[0], extension)

    def test_hears_why_the_server_closes(self):
        with taut.Server("--echo", "--max-message", "1000") as server:
            page = server.url.replace("ws", "http", 1) + "health"
            too_big = self.run_script(page, WAIT.replace("SIZE", "1001"))
            going = start("script", page, f"({WAIT.replace('SIZE', '0')})()")
            self.addCleanup(going.kill)
            self.assertEqual(taut.line_of(going), "open\n")
        self.assertEqual(too_big, {"code": 1009, "wasClean": True})
        self.assertEqual(finish(going), {"code": 1001, "wasClean": True})

    def test_its_page_sends_shows_and_measures(self):
        with taut.Server("--echo") as server:
            page = drive("page", server.url.replace("ws", "http", 1))
            used(self, page, server.url)
            self.assertIn("taut", page["title"].lower())


if __name__ == "__main__":
    unittest.main(verbosity=2)
