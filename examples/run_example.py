#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs an example and checks that it does what it is for: run_example.py <folder> <name>

Servers must echo a message, sent with a few lines of Python that know nothing of the
library. Clients
must print the "hello" that hello_server sends back. Skipped (77) when port 8080 is taken."""
import contextlib
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

HELLO_PORT = 8080
PATIENCE = 30  # seconds; nothing takes that long

REQUEST = ("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
           "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
           "Sec-WebSocket-Version: 13\r\n\r\n")
HELLO = bytes.fromhex("8185" "37fa213d" "7f9f4d5158")
ECHO = b"\x81\x05Hello"


def start(folder, name, *arguments):
    return subprocess.Popen([os.path.join(folder, name), *arguments], stdout=subprocess.PIPE,
                            text=True)


def connect(port):
    """Connects, and waits for the server to come up."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def read_until(stream, end):
    received = b""
    while not received.endswith(end):
        piece = stream.recv(1)
        if not piece:
            raise SystemExit(f"the server ended after {received!r}")
        received += piece
    return received


def in_the_clear(stream):
    return stream


def check_echo(port, path="/echo", wrap=in_the_clear):
    with wrap(connect(port)) as stream:
        # The first message comes in the same piece: it must not be lost.
        stream.sendall(REQUEST.format(path=path, port=port).encode() + HELLO)
        head = read_until(stream, b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head, head
        assert read_until(stream, ECHO) == ECHO
        stream.sendall(HELLO)
        assert read_until(stream, ECHO) == ECHO


def check_plain(port, path, expected, wrap=in_the_clear):
    with wrap(connect(port)) as stream:
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        answer = read_until(stream, expected)
        assert answer.startswith(b"HTTP/1.1 200 "), answer


def port_of(server):
    """The port in the line "listening on ws://127.0.0.1:PORT/"."""
    line = server.stdout.readline()
    assert re.match(r"listening on wss?://127.0.0.1:\d+/$", line), line
    return int(line.rstrip("/\n").rsplit(":", 1)[1])


def check_hello_server(folder, name):
    server = start(folder, name)
    try:
        check_echo(HELLO_PORT)
        if name == "hello_server":
            check_plain(HELLO_PORT, "/health", b"\r\n\r\nok")
        check_complaint(folder, name)  # the port is in use
    finally:
        server.kill()


def check_client(folder, name):
    if name in ("hello_blocking", "poll_client"):
        check_complaint(folder, name)  # there is no server
    server = start(folder, "hello_server")
    connect(HELLO_PORT).close()
    client = start(folder, name)
    try:
        line = client.stdout.readline()
        assert line == "hello\n", line
        if name == "poll_client":
            assert client.wait(PATIENCE) == 0
    finally:
        client.kill()
        server.kill()


def check_timeout(folder, name):
    """It ends by itself when nothing comes any more, and in order when it is interrupted."""
    server = start(folder, "hello_server")
    connect(HELLO_PORT).close()
    try:
        for patience, interrupted in (("1", False), ("60", True)):
            client = start(folder, name, patience)
            lines = [client.stdout.readline() for _ in range(3)]
            assert lines == ["one\n", "two\n", "three\n"], lines
            if interrupted:
                client.send_signal(signal.SIGINT)
            rest = client.communicate(timeout=PATIENCE)[0]
            assert rest == ("" if interrupted else "nothing more\n") + "closed\n", rest
    finally:
        server.kill()


def check_reconnect(folder, name):
    """The client is there before the server."""
    client = start(folder, name)
    server = start(folder, "hello_server")
    try:
        lines = [client.stdout.readline() for _ in range(2)]
        assert lines == ["subscribe\n", "hello\n"], lines
    finally:
        client.kill()
        server.kill()


def check_farewell(port):
    """Who breaks a rule hears why, whatever else he sent."""
    with connect(port) as stream:
        stream.sendall(REQUEST.format(path="/echo", port=port).encode())
        read_until(stream, b"\r\n\r\n")
        stream.sendall(b"\x81\x00" + bytes(256 * 1024))  # not masked
        farewell = stream.recv(4, socket.MSG_WAITALL)
        assert farewell[:1] == b"\x88" and farewell[2:] == b"\x03\xea", farewell  # 1002
        while stream.recv(4096):
            pass


def check_patience(folder, name):
    """Who says nothing, or reads nothing, is dropped, whatever waits for it."""
    server = start(folder, name, "0", "1")
    try:
        port = port_of(server)
        with connect(port) as silent:
            assert silent.recv(1) == b""
        with connect(port) as stream:
            stream.sendall(REQUEST.format(path="/echo", port=port).encode())
            read_until(stream, b"\r\n\r\n")
            check_drops_who_only_sends(stream)
    finally:
        server.kill()


def check_drops_who_only_sends(stream):
    flood = HELLO * 1000
    stream.setblocking(False)
    waiting = select.poll()
    waiting.register(stream, select.POLLOUT)
    sent = 0
    with contextlib.suppress(ConnectionError):
        while waiting.poll(PATIENCE * 1000):
            sent += stream.send(flood[sent % len(HELLO):])
        raise SystemExit("the server keeps a peer that reads nothing")


def check_sign_in(folder, name):
    """Who is not known stays outside; who is known is called by name."""
    server = start(folder, name)
    try:
        for line, answer in (("", b"HTTP/1.1 401 "), ("Bearer 5678", b"HTTP/1.1 401 "),
                             ("Bearer 1234", b"HTTP/1.1 101 ")):
            with connect(HELLO_PORT) as stream:
                request = REQUEST.format(path="/", port=HELLO_PORT)[:-2]
                stream.sendall(f"{request}Authorization: {line}\r\n\r\n".encode())
                head = read_until(stream, b"\r\n\r\n")
                assert head.startswith(answer), head
                if b" 101 " in answer:
                    assert read_until(stream, b"\x81\x0aHello Anna")
        check_complaint(folder, name)
    finally:
        server.kill()


def check_server(folder, name):
    server = start(folder, name, "0")
    try:
        port = port_of(server)
        check_echo(port)
        if name == "poll_loop":
            check_farewell(port)
            check_patience(folder, name)
        if name == "handover_beast":
            check_plain(port, "/page", b"Beast serves /page\n")
    finally:
        server.kill()


def check_closing(port, wrap):
    """Our Close is answered, and the stream ends in order."""
    with wrap(connect(port)) as stream:
        stream.sendall(REQUEST.format(path="/echo", port=port).encode())
        read_until(stream, b"\r\n\r\n")
        stream.sendall(b"\x82\xff" + (1024 * 1024).to_bytes(8, "big") + bytes(4 + 1024 * 1024))
        header = b"\x82\x7f" + (1024 * 1024).to_bytes(8, "big")
        assert read_until(stream, header) == header
        left = 1024 * 1024
        while left > 0:
            left -= len(stream.recv(left))
        stream.sendall(bytes.fromhex("8882" "00000000" "03e8"))
        assert read_until(stream, b"\x88\x02\x03\xe8")
        assert stream.recv(1) == b""


@contextlib.contextmanager
def certificate_and_key():
    with tempfile.TemporaryDirectory() as place:
        certificate, key = (os.path.join(place, file) for file in ("cert.pem", "key.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1",
                        "-out", certificate, "-keyout", key], check=True, capture_output=True)
        trust = ssl.create_default_context(cafile=certificate)
        trust.check_hostname = False
        yield certificate, key, trust.wrap_socket


def check_tls_server(folder, name):
    with certificate_and_key() as (certificate, key, wrap):
        server = start(folder, name, certificate, key, "0")
        try:
            port = port_of(server)
            check_echo(port, wrap=wrap)
            check_closing(port, wrap)
            check_plain(port, "/page", b"Served as /page\n", wrap=wrap)
        finally:
            server.kill()


def check_rooms(server, wrap):
    """Two guests hear each other and not themselves, and both hear that the server goes away."""
    port = port_of(server)
    offers = ("Sec-WebSocket-Protocol: other, chat\r\n"
              "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
    with wrap(connect(port)) as nobody, wrap(connect(port)) as anna, wrap(connect(port)) as bob:
        nobody.sendall(REQUEST.format(path="/rooms/tea", port=port).encode())
        assert read_until(nobody, b"\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        for guest, name in ((anna, "Anna"), (bob, "Bob")):
            request = REQUEST.format(path=f"/rooms/tea?name={name}", port=port)[:-2] + offers
            guest.sendall(request.encode())
            head = read_until(guest, b"\r\n\r\n")
            assert b"\r\nSec-WebSocket-Protocol: chat\r\n" in head, head
            assert b"\r\nSec-WebSocket-Extensions: permessage-deflate" in head, head
        bob.sendall(HELLO)
        assert read_until(anna, b"Hello") == b"\x81\x0aBob: Hello"
        anna.sendall(HELLO)
        assert read_until(bob, b"Hello") == b"\x81\x0bAnna: Hello"
        server.send_signal(signal.SIGTERM)
        for guest in (anna, bob):
            assert read_until(guest, b"\x03\xe9") == b"\x88\x02\x03\xe9"
            guest.sendall(bytes.fromhex("8882" "00000000" "03e9"))
    assert server.wait(PATIENCE) == 0


def check_chat(folder, name):
    with certificate_and_key() as (certificate, key, wrap):
        for arguments, how in (([], in_the_clear), ([certificate, key], wrap)):
            server = start(folder, name, "0", *arguments)
            try:
                check_rooms(server, how)
            finally:
                server.kill()


def check_complaint(folder, name):
    """What cannot go on says why."""
    done = subprocess.run([os.path.join(folder, name)], capture_output=True, text=True,
                          timeout=PATIENCE)
    assert done.returncode == 1 and f"127.0.0.1:{HELLO_PORT}" in done.stderr, done


CHECKS = {
    "chat_server": check_chat,
    "coroutine_timeout": check_timeout,
    "hello_server": check_hello_server,
    "hello_coroutine_server": check_hello_server,
    "hello_sign_in": check_sign_in,
    "hello_client": check_client,
    "hello_callback_client": check_client,
    "hello_blocking": check_client,
    "hello_parts": check_client,
    "hello_reconnect": check_reconnect,
    "handover_beast": check_server,
    "handover_tls": check_tls_server,
    "poll_client": check_client,
    "poll_loop": check_server,
}


def port_is_taken():
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", HELLO_PORT))
        except OSError:
            return True
    return False


def main():
    folder, name = sys.argv[1:]
    if name not in CHECKS:
        raise SystemExit(f"say in run_example.py how to check {name}")
    if CHECKS[name] not in (check_server, check_tls_server, check_chat) and port_is_taken():
        print(f"port {HELLO_PORT} is taken")
        sys.exit(77)
    CHECKS[name](folder, name)


if __name__ == "__main__":
    main()
