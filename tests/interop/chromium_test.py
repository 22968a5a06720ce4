# SPDX-License-Identifier: MIT
"""Chromium, headless, against `taut serve`: its WebSocket is as independent as a peer can be."""

import json
import pathlib
import subprocess
import unittest

import taut

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


# Closes with every code that the API allows: the others are the browser's own. Resolves with
# what was agreed on, and the codes that are refused.
CLOSE = """
async () => {
  const agreed = [], refused = [];
  for (const code of CODES) {
    const socket = new WebSocket(location.origin.replace('http', 'ws') + '/');
    await new Promise((done) => socket.addEventListener('open', done));
    const closed = new Promise((done) => socket.addEventListener('close', done));
    try {
      socket.close(code, 'bye é');
    } catch (error) {
      refused.push(code);
      socket.close();
      continue;
    }
    const event = await closed;
    if (event.wasClean && event.code === code) agreed.push(code);
  }
  return { agreed, refused };
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


class Chromium(unittest.TestCase):
    def echo(self, server, code=1000, sizes=None, protocols=()):
        source = (
            ECHO.replace("SIZES", json.dumps(sizes or taut.SIZES))
            .replace("CODE", str(code))
            .replace("PROTOCOLS", json.dumps(protocols))
        )
        page = server.url.replace("ws", "http", 1)
        result = drive("script", page + "health", f"({source})()")
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

    def test_closes_with_every_code_that_a_page_may_use(self):
        with taut.Server("--echo") as server:
            source = CLOSE.replace("CODES", json.dumps(taut.CLOSE_CODES))
            page = server.url.replace("ws", "http", 1) + "health"
            seen = drive("script", page, f"({source})()")
        others = [code for code in taut.CLOSE_CODES if code not in ALLOWED]
        self.assertEqual(seen, {"agreed": ALLOWED, "refused": others})

    def test_hears_why_the_server_closes(self):
        with taut.Server("--echo", "--max-message", "1000") as server:
            page = server.url.replace("ws", "http", 1) + "health"
            too_big = drive("script", page, f"({WAIT.replace('SIZE', '1001')})()")
            going = start("script", page, f"({WAIT.replace('SIZE', '0')})()")
            self.addCleanup(going.kill)
            self.assertEqual(going.stdout.readline(), "open\n")
        self.assertEqual(too_big, {"code": 1009, "wasClean": True})
        self.assertEqual(finish(going), {"code": 1001, "wasClean": True})

    def test_its_page_sends_shows_and_measures(self):
        with taut.Server("--echo") as server:
            page = drive("page", server.url.replace("ws", "http", 1))
            used(self, page, server.url)
            self.assertIn("taut", page["title"].lower())


if __name__ == "__main__":
    unittest.main(verbosity=2)
