# SPDX-License-Identifier: MIT
"""Frames by hand, for the conformance suite: nothing of tautline's in here, only RFC 6455."""

import base64
import hashlib
import os
import socket
import struct
import zlib

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
# Those that may be sent (RFC 6455 section 7.4).
CLOSE_CODES = [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999]
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TIMEOUT = 20


def frame(opcode, payload=b"", *, fin=True, rsv=0, masked=True, length=None, form=None, mask=None):
    """One frame. `length` lies about the payload's length; `form` forces 7, 16 or 64 bits of it."""
    size = len(payload) if length is None else length
    head = bytes([(fin << 7) | (rsv << 4) | opcode])
    bit = 0x80 if masked else 0
    form = form or (7 if size < 126 else 16 if size < 65536 else 64)
    if form == 7:
        head += bytes([bit | size])
    elif form == 16:
        head += bytes([bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    key = os.urandom(4) if mask is None else mask
    return head + key + apply_mask(payload, key)


def apply_mask(payload, key):
    if not payload:
        return b""
    pad = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(
        len(payload), "big"
    )


def close_payload(code=None, reason=b""):
    return b"" if code is None else struct.pack("!H", code) + reason


class Inflater:
    def __init__(self, bits=15):
        self.engine = zlib.decompressobj(-bits)

    def __call__(self, payload):
        return self.engine.decompress(payload + b"\x00\x00\xff\xff")


class Deflater:
    def __init__(self, bits=15):
        self.engine = zlib.compressobj(9, zlib.DEFLATED, -bits)

    def __call__(self, payload):
        data = self.engine.compress(payload) + self.engine.flush(zlib.Z_SYNC_FLUSH)
        return data[:-4]


class Peer:
    """The other end of one connection, after its handshake."""

    def __init__(self, sock, rest, client):
        self.sock, self.rest, self.client = sock, rest, client
        self.in_order = False  # once both sides have closed without a complaint
        sock.settimeout(TIMEOUT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, *frames, chop=None):
        data = b"".join(frames)
        try:
            if chop is None:
                self.sock.sendall(data)
            else:
                for i in range(0, len(data), chop):
                    self.sock.sendall(data[i : i + chop])
        except (BrokenPipeError, ConnectionResetError):
            pass  # the other side gave up early, as some cases want; what it said is read below

    def frame(self, opcode, payload=b"", **options):
        return frame(opcode, payload, **{"masked": self.client, **options})

    def need(self, count):
        while len(self.rest) < count:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self.rest += data
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def read(self):
        """The next frame as (fin, rsv, opcode, payload). Checks masking and minimal lengths."""
        first, second = self.need(2)
        size = second & 127
        if size == 126:
            (size,) = struct.unpack("!H", self.need(2))
            assert size > 125, "length not minimal"
        elif size == 127:
            (size,) = struct.unpack("!Q", self.need(8))
            assert size > 65535, "length not minimal"
        assert bool(second & 128) != self.client, "wrong masking"
        key = self.need(4) if second & 128 else None
        payload = self.need(size)
        payload = apply_mask(payload, key) if key else payload
        return bool(first & 128), (first >> 4) & 7, first & 15, payload

    def read_message(self):
        """The next data message; control frames in between are handed out too."""
        fin, rsv, opcode, payload = self.read()
        while not fin:
            fin, _, following, more = self.read()
            assert following == CONT
            payload += more
        return opcode, payload, rsv

    def read_end(self):
        """Reads until the stream ends; the frames that came before."""
        frames = []
        try:
            while True:
                frames.append(self.read())
        except (EOFError, ConnectionResetError):
            return frames

    def end(self):
        self.sock.close()


def read_head(sock):
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            raise EOFError(data)
        data += more
    head, rest = data.split(b"\r\n\r\n", 1)
    return head, rest


def accept_of(key):
    """The Sec-WebSocket-Accept for a Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1(key + GUID).digest())


def open_client(port, extensions=None):
    """A connection to a server; the answer's extensions are in `agreed`."""
    sock = socket.create_connection(("127.0.0.1", port), TIMEOUT)
    key = base64.b64encode(os.urandom(16))
    offer = b"Sec-WebSocket-Extensions: " + extensions + b"\r\n" if extensions else b""
    sock.sendall(
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s\r\n" % (port, key, offer)
    )
    head, rest = read_head(sock)
    assert head.startswith(b"HTTP/1.1 101 "), head
    assert b"sec-websocket-accept: " + accept_of(key).lower() in head.lower(), head
    peer = Peer(sock, rest, client=True)
    peer.agreed = field(head, b"sec-websocket-extensions")
    return peer


def accept_client(listener, extensions=None):
    """A connection from a client; what it offered is in `offered`."""
    listener.settimeout(TIMEOUT)
    sock, _ = listener.accept()
    head, rest = read_head(sock)
    accept = accept_of(field(head, b"sec-websocket-key"))
    answer = b"Sec-WebSocket-Extensions: " + extensions + b"\r\n" if extensions else b""
    sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\n%s\r\n" % (accept, answer)
    )
    peer = Peer(sock, rest, client=False)
    peer.offered = field(head, b"sec-websocket-extensions")
    return peer


def field(head, name):
    for line in head.split(b"\r\n")[1:]:
        key, value = line.split(b":", 1)
        if key.strip().lower() == name:
            return value.strip()
    return b""
