// SPDX-License-Identifier: MIT
// Drives headless Chromium: `page URL SCREENSHOT` uses the page that taut serves as a person would;
// `script URL SOURCE` runs a script in a page of that origin and prints its result as JSON.
import { chromium } from 'playwright-core';

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
  await page.goto(url);
  if (mode === 'script') {
    console.log(JSON.stringify(await page.evaluate(argument)));
  } else {
    if (argument) await page.screenshot({ path: argument });
    console.log(JSON.stringify({ title: await page.title(), problems }));
  }
} finally {
  await browser.close();
}
