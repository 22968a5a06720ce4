// SPDX-License-Identifier: MIT
// npm ws as an echo server.
import { readFileSync } from "node:fs";
import { createServer as createPlain } from "node:http";
import { createServer as createSecure } from "node:https";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../tests/interop/package.json", import.meta.url));
const { WebSocketServer } = require("ws");

const options = process.argv.slice(2);
const after = (name, count = 1) => {
    const at = options.indexOf(name);
    return at < 0 ? undefined : options.slice(at + 1, at + 1 + count);
};
const tls = after("--tls", 2);
const level = Number(after("--level")?.[0] ?? 6);
const memLevel = Number(after("--memory")?.[0] ?? 8);

const server = tls
    ? createSecure({ cert: readFileSync(tls[0]), key: readFileSync(tls[1]) })
    : createPlain();
const sockets = new WebSocketServer({
    server,
    maxPayload: 4 * 1024 * 1024,
    perMessageDeflate: options.includes("--deflate") && {
        threshold: 64,
        zlibDeflateOptions: { level, memLevel },
    },
});
sockets.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
    console.log(`listening ${server.address().port}`);
});
