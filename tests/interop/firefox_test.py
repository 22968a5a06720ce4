# SPDX-License-Identifier: MIT
"""Firefox, headless, against `taut serve`: its WebSocket, and the page used as a person would."""

import json
import unittest

import taut
from chromium_test import ECHO, BrowserCloses, used
from firefox import Firefox

# Connects, sends a text and bytes, and measures round trips; resolves with what the page shows.
USE = """
async () => {
  const find = (selector) => document.querySelector(selector);
  const until = async (holds) => {
    while (!holds()) await new Promise((done) => requestAnimationFrame(done));
  };
  const received = () => Number(find('#received').textContent);
  const problems = [];
  window.addEventListener('error', (event) => problems.push(String(event.message)));
  find('#toggle').click();
  await until(() => find('#state[data-state="open"]'));
  find('#payload').value = 'taut-line hitch';
  find('#send').click();
  find('input[value="hex"]').click();
  find('#payload').value = 'de ad be ef';
  find('#send').click();
  await until(() => received() === 2);
  find('#measure').click();
  await until(() => received() > 20);
  find('#measure').click();
  const text = (selector) => find(selector).textContent;
  return { state: text('#state-text'), median: text('#median'), rows: text('#rows'), problems };
}
"""


@taut.needs_program("firefox-esr")
class FirefoxTest(BrowserCloses, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.firefox = cls.enterClassContext(Firefox())

    def run_script(self, url, source):
        return self.firefox.run(url, source)

    def echo(self, *arguments):
        source = (
            ECHO.replace("SIZES", json.dumps(taut.SIZES))
            .replace("CODE", "3999")
            .replace("PROTOCOLS", "[]")
        )
        with taut.Server("--echo", *arguments) as server:
            seen = self.run_script(f"http://127.0.0.1:{server.port}/health", source)
        self.assertEqual((seen["wrong"], seen["code"], seen["wasClean"]), ([], 3999, True))
        return seen

    def test_echoes_every_size_plain(self):
        self.assertEqual(self.echo()["extensions"], "")

    def test_echoes_every_size_compressed(self):
        self.assertIn("permessage-deflate", self.echo("--compress")["extensions"])

    def test_its_page_sends_shows_and_measures(self):
        with taut.Server("--echo") as server:
            page = self.firefox.run(server.url.replace("ws", "http", 1), USE)
        used(self, page, server.url)


if __name__ == "__main__":
    unittest.main(verbosity=2)
