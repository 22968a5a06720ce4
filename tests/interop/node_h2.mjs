// SPDX-License-Identifier: MIT
// WebSockets over HTTP/2 (RFC 8441) for npm ws: node:http2 carries the streams, ws what is in them.
import http2 from 'node:http2';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { WebSocket, PerMessageDeflate, extension } from 'ws';

const NAME = PerMessageDeflate.extensionName;
const FIELD = 'sec-websocket-extensions';

// A WebSocket of ws over a stream; it knows itself which side masks.
function adopt(stream, isServer, deflate) {
  const ws = new WebSocket(null, undefined, { autoPong: true, closeTimeout: 30_000 });
  ws._isServer = isServer;
  ws._extensions = deflate ? { [NAME]: deflate } : {};
  ws.setSocket(stream, Buffer.alloc(0), { allowSynchronousEvents: true, maxPayload: 0, skipUTF8Validation: false });
  return ws;
}

// One connection; the function that comes back opens one more WebSocket on it.
export async function dialer(url, options) {
  const { host } = new URL(url);
  const connection = http2.connect(`https://${host}`, { ca: readFileSync(options.ca) });
  const [settings] = await once(connection, 'remoteSettings');
  if (!settings.enableConnectProtocol) throw new Error('no extended CONNECT');
  const open = async (path = '/') => {
    const deflate = options.deflate && new PerMessageDeflate({ ...options.deflate, isServer: false, maxPayload: 0 });
    const stream = connection.request({
      ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'https', ':path': path, ':authority': host,
      'sec-websocket-version': '13', ...(deflate && { [FIELD]: extension.format({ [NAME]: deflate.offer() }) }),
    }, { endStream: false });
    const [headers] = await once(stream, 'response');
    if (headers[':status'] !== 200) throw new Error(`status ${headers[':status']}`);
    if (deflate) deflate.accept(extension.parse(headers[FIELD])[NAME]);
    return adopt(stream, false, deflate);
  };
  return { open, close: () => connection.close() };
}

// A server that has nothing but HTTP/2.
export function createServer(options, onConnection) {
  const server = http2.createSecureServer({
    key: readFileSync(options.key), cert: readFileSync(options.certificate), settings: { enableConnectProtocol: true },
  });
  server.on('stream', (stream, headers) => {
    if (headers[':protocol'] !== 'websocket') return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    const offers = extension.parse(headers[FIELD] ?? '')[NAME];
    const deflate = options.deflate && offers && new PerMessageDeflate({ ...options.deflate, isServer: true, maxPayload: 0 });
    const params = deflate && deflate.accept(offers);
    stream.respond({ ':status': 200, ...(params && { [FIELD]: extension.format({ [NAME]: [params] }) }) });
    onConnection(adopt(stream, true, deflate), { url: headers[':path'] });
  });
  return server;
}
