// SPDX-License-Identifier: MIT
// Drives headless Chromium: `page URL SCREENSHOT` uses the page that taut serves as a person would;
// `script URL SOURCE` runs a script in a page of that origin and prints its result as JSON. What the script
// says on the console before comes first, a line each.
import { chromium } from 'playwright-core';

// Connects, sends a text and bytes, and measures round trips; tells what the page shows of it.
async function use(page) {
  await page.click('#toggle');
  await page.waitForSelector('#state[data-state="open"]');
  await page.fill('#payload', '{"hello": "tautline", "knot": "taut-line hitch"}');
  await page.click('#send');
  await page.check('input[value="hex"]', { force: true });
  await page.fill('#payload', 'de ad be ef');
  await page.click('#send');
  await page.waitForFunction(() => document.querySelector('#received').textContent === '2');
  await page.click('#measure');
  await page.waitForFunction(() => Number(document.querySelector('#received').textContent) > 60);
  await page.click('#measure');
  const text = (id) => page.textContent(id);
  return { state: await text('#state-text'), median: await text('#median'), rows: await text('#rows') };
}

const [mode, url, argument] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync', '--ignore-certificate-errors'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 760 }, ignoreHTTPSErrors: true });
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('console', (message) => message.type() === 'log' && console.log(message.text()));
  await page.goto(url);
  if (mode === 'script') {
    console.log(JSON.stringify(await page.evaluate(argument)));
  } else {
    console.log(JSON.stringify({ ...(await use(page)), title: await page.title(), problems }));
    if (argument) await page.screenshot({ path: argument });
  }
} finally {
  await browser.close();
}
