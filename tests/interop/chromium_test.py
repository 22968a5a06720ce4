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


def drive(*arguments):
    process = subprocess.run(
        ["node", DRIVER, *arguments], capture_output=True, text=True, timeout=180
    )
    if process.returncode:
        raise AssertionError(process.stderr)
    return json.loads(process.stdout)


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

    def test_echoes_over_tls_compressed(self):
        with taut.Server("--echo", "--compress", "--tls-self-signed") as server:
            self.assertIn("permessage-deflate", self.echo(server)["extensions"])

    def test_closes_with_a_code_of_the_application(self):
        with taut.Server("--echo") as server:
            self.echo(server, code=3999, sizes=[1])

    def test_its_page_sends_shows_and_measures(self):
        with taut.Server("--echo") as server:
            page = drive("page", server.url.replace("ws", "http", 1))
            self.assertEqual(page["problems"], [])
            self.assertIn("Connected to " + server.url, page["state"])
            self.assertEqual(page["rows"].count("taut-line hitch"), 2)
            self.assertEqual(page["rows"].count("de ad be ef"), 2)
            self.assertRegex(page["median"], r"^[0-9.]+ .?s$")
            self.assertIn("taut", page["title"].lower())


if __name__ == "__main__":
    unittest.main(verbosity=2)
