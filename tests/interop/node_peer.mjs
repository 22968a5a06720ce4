// SPDX-License-Identifier: MIT
// npm ws as a peer: `client URL OPTIONS` checks an echo server; `visit URL OPTIONS` closes there, or is closed, and
// tells how; `server OPTIONS` echoes and prints its port, then every Close that it gets. /close/CODE is closed at
// once, /fragments once the Ping in a message is answered.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createServer as createPlainServer } from 'node:http';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import * as h2 from './node_h2.mjs';

const [mode, ...rest] = process.argv.slice(2);
const options = JSON.parse(rest.pop() ?? '{}');

function payload(size, binary) {
  if (binary) return Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 31) & 255));
  return 'é'.repeat(size >> 1) + (size & 1 ? 'x' : '');
}

async function next(ws, event) {
  return once(ws, event, { signal: AbortSignal.timeout(60_000) });
}

async function echo(ws, size, binary) {
  const sent = payload(size, binary);
  ws.send(sent);
  const [data, isBinary] = await next(ws, 'message');
  assert.equal(isBinary, binary);
  assert.ok(Buffer.from(sent).equals(data), `${size} bytes came back different`);
}

async function fragments(ws) {
  ws.send('Hel', { fin: false });
  ws.ping('between');
  ws.send('', { fin: false });
  const pong = next(ws, 'pong');
  const message = next(ws, 'message');
  ws.send('lo', { fin: true });
  assert.equal(String((await pong)[0]), 'between');
  assert.equal(String((await message)[0]), 'Hello');
}

async function dial(url) {
  if (options.http2) return h2.dialer(url, options);
  const open = async (path = '/') => {
    const ws = new WebSocket(new URL(path, url), { perMessageDeflate: options.deflate ?? false, maxPayload: 0, ca: options.ca && readFileSync(options.ca) });
    await next(ws, 'open');
    return ws;
  };
  return { open, close: () => {} };
}

async function client(url) {
  const { open, close } = await dial(url);
  const ws = await open();
  assert.equal(ws.extensions.includes('permessage-deflate'), Boolean(options.deflate));
  for (const size of options.sizes) {
    await echo(ws, size, false);
    await echo(ws, size, true);
  }
  await fragments(ws);
  ws.close();
  await next(ws, 'close');
  if (options.wait) {
    const waiting = await open();
    console.log('waiting');
    assert.equal((await next(waiting, 'close'))[0], options.wait);
  }
  close();
  console.log('ok');
}

async function end(open, [path, code]) {
  const ws = await open(path);
  const closed = new Promise((done) => ws.addEventListener('close', done));
  if (path.startsWith('/echo/')) await echo(ws, 1, false);
  if (code) ws.close(code, 'bye é');
  const told = await closed;
  return [told.code, told.reason, told.wasClean];
}

async function visit(url) {
  const { open, close } = await dial(url);
  const ends = [];
  for (const one of options.visits) ends.push(await end(open, one));
  close();
  console.log(JSON.stringify(ends));
}

function serve(ws, { url }) {
  const code = /^\/close\/(\d+)$/.exec(url);
  if (code) return ws.close(Number(code[1]), 'bye é');
  if (url === '/fragments') {
    ws.once('pong', () => ws.close(1000));
    ws.send('Hel', { fin: false });
    ws.ping('between');
    return ws.send('lo', { fin: true });
  }
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
  ws.on('close', (code, reason) => console.log(`closed ${code} ${reason}`));
}

function server() {
  const http = options.http2
    ? h2.createServer(options, serve)
    : options.key
      ? createServer({ key: readFileSync(options.key), cert: readFileSync(options.certificate) })
      : createPlainServer();
  if (!options.http2) {
    const wss = new WebSocketServer({ server: http, perMessageDeflate: options.deflate ?? false, maxPayload: 0 });
    wss.on('connection', serve);
  }
  http.listen(0, '127.0.0.1', () => console.log(http.address().port));
}

if (mode === 'client') await client(rest[0]);
else if (mode === 'visit') await visit(rest[0]);
else server();
