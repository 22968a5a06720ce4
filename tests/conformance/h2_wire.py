# SPDX-License-Identifier: MIT
"""HTTP/2 by python3-h2, for both roles: a stream of it looks like a socket to wire.Peer (RFC 8441).
`Connection.config` lets the tests misbehave: nothing that is sent is checked."""

import select
import socket
import ssl
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import wire

CONNECT = h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL
CODES = h2.errors.ErrorCodes


class Stream:
    """What wire.Peer wants of a socket. What nobody reads keeps its window."""

    def __init__(self, connection, number):
        self.connection, self.id = connection, number
        self.received = bytearray()
        self.headers = None
        self.ended = False
        self.reset = None  # the code of RST_STREAM, or "lost" when the connection went
        self.timeout = wire.TIMEOUT

    def settimeout(self, timeout):
        self.timeout = timeout

    def setsockopt(self, *_):
        pass

    def wait(self, condition, timeout=None):
        """Waits until it holds; the connection's lock is held meanwhile and after."""
        met = self.connection.changed.wait_for(condition, timeout or self.timeout)
        if not met:
            raise TimeoutError(f"stream {self.id}")

    def answer(self):
        with self.connection.changed:
            self.wait(lambda: self.headers is not None or self.reset is not None)
            if self.headers is None:
                raise ConnectionResetError(str(self.reset))
            return dict(self.headers)

    def sendall(self, data):
        engine = self.connection.engine
        while data:
            with self.connection.changed:
                self.wait(lambda: self.reset is not None or self.room() > 0)
                if self.reset is not None:
                    raise BrokenPipeError(str(self.reset))
                size = min(self.room(), engine.max_outbound_frame_size)
                engine.send_data(self.id, bytes(data[:size]))
                self.connection.flush()
            data = data[size:]

    def room(self):
        return self.connection.engine.local_flow_control_window(self.id)

    def recv(self, size):
        with self.connection.changed:
            self.wait(lambda: self.received or self.ended or self.reset is not None)
            if not self.received and self.reset is not None:
                raise ConnectionResetError(str(self.reset))
            data = bytes(self.received[:size])
            del self.received[:size]
            if data and self.connection.alive and self.reset is None:
                self.connection.engine.acknowledge_received_data(len(data), self.id)
                self.connection.flush()
            return data

    def body(self):
        data = b""
        while more := self.recv(65536):
            data += more
        return data

    def shutdown(self, _how):
        with self.connection.changed:
            if self.reset is None:
                self.connection.engine.end_stream(self.id)
                self.connection.flush()

    def abort(self, code=CODES.CANCEL):
        with self.connection.changed:
            if self.reset is not None or not self.connection.alive:
                return
            try:
                self.connection.engine.reset_stream(self.id, code)
                self.connection.flush()
            except h2.exceptions.ProtocolError:
                pass  # it has closed already, in order
            self.reset = code

    def close(self):
        self.abort()


class Engine(h2.connection.H2Connection):
    """The library is through with a connection at its first GOAWAY; we are not."""

    def keep(self, step, *arguments, **options):
        before = self.state_machine.state
        result = step(*arguments, **options)
        self.state_machine.state = before
        return result

    def clear_outbound_data_buffer(self):
        pass  # the answer to a PING is in there

    def _receive_goaway_frame(self, frame):
        return self.keep(super()._receive_goaway_frame, frame)

    def close_connection(self, *arguments, **options):
        return self.keep(super().close_connection, *arguments, **options)


class Connection:
    """One connection, read by a thread of its own. `changed` guards everything."""

    def __init__(self, sock, client=True, settings=None, window=1 << 24, begin=True):
        self.sock, self.client = sock, client
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.config = h2.config.H2Configuration(
            client_side=client,
            header_encoding=False,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self.engine = Engine(self.config)
        self.changed = threading.Condition(threading.RLock())
        self.streams, self.requests, self.pongs = {}, [], []
        self.peer_settings = {}
        self.settled = False
        self.goaway = None
        self.alive = True
        self.thread = None
        initial = dict(self.engine.local_settings)
        if not client:
            initial[CONNECT] = 1
        initial.update(settings or {})
        initial = {key: value for key, value in initial.items() if value is not None}
        self.engine.local_settings = h2.settings.Settings(client=client, initial_values=initial)
        if begin:
            self.begin(window)

    def begin(self, window=0):
        self.sock.settimeout(None)
        self.engine.initiate_connection()
        if window:
            self.engine.increment_flow_control_window(window)
        self.flush()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def flush(self):
        with self.changed:
            data = self.engine.data_to_send()
            try:
                if data:
                    self.sock.sendall(data)
            except OSError:
                pass  # the thread that reads finds out too

    def send_raw(self, data):
        with self.changed:
            self.sock.sendall(data)

    def run(self):
        try:
            while data := self.read():
                with self.changed:
                    for event in self.engine.receive_data(data):
                        self.tell(event)
                    self.flush()
                    self.changed.notify_all()
        except (OSError, h2.exceptions.ProtocolError) as error:
            self.failure = error
        with self.changed:
            self.alive = False
            for stream in self.streams.values():
                if stream.reset is None and not stream.ended:
                    stream.reset = "lost"
            self.changed.notify_all()

    def read(self):
        """TLS may not be read and written at once: only the waiting is done without the lock."""
        while True:
            select.select([self.sock], [], [])
            with self.changed:
                self.sock.setblocking(False)
                try:
                    return self.sock.recv(65536)
                except (BlockingIOError, ssl.SSLWantReadError):
                    continue
                finally:
                    self.sock.setblocking(True)

    def tell(self, event):
        stream = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.RemoteSettingsChanged):
            for key, change in event.changed_settings.items():
                self.peer_settings[int(key)] = change.new_value
            self.settled = True
        elif isinstance(event, h2.events.ResponseReceived):
            stream.headers = event.headers
        elif isinstance(event, h2.events.RequestReceived):
            stream = self.streams[event.stream_id] = Stream(self, event.stream_id)
            stream.headers = event.headers
            self.requests.append(stream)
        elif isinstance(event, h2.events.DataReceived):
            stream.received += event.data
            spare = event.flow_controlled_length - len(event.data)
            if spare:
                self.engine.acknowledge_received_data(spare, stream.id)
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            stream.reset = event.error_code
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = event.error_code
        elif isinstance(event, h2.events.PingAckReceived):
            self.pongs.append(event.ping_data)

    def wait(self, condition, timeout=wire.TIMEOUT):
        with self.changed:
            if not self.changed.wait_for(condition, timeout):
                raise TimeoutError

    def request(self, headers, end=True):
        with self.changed:
            number = self.engine.get_next_available_stream_id()
            stream = self.streams[number] = Stream(self, number)
            self.engine.send_headers(number, headers, end_stream=end)
            self.flush()
            return stream

    def get(self, path=b"/health", method=b"GET", extra=()):
        stream = self.request([*head(method, path, self.authority()), *extra])
        return stream.answer(), stream

    def authority(self):
        return b"127.0.0.1:%d" % self.sock.getpeername()[1]

    def connect(self, path=b"/", extra=(), protocol=b"websocket"):
        """Asks for a WebSocket; the stream, before its answer."""
        fields = head(b"CONNECT", path, self.authority())
        fields += [(b":protocol", protocol), (b"sec-websocket-version", b"13"), *extra]
        return self.request(fields, end=False)

    def open(self, extensions=None):
        """A WebSocket, as a wire.Peer."""
        offer = [(b"sec-websocket-extensions", extensions)] if extensions else []
        stream = self.connect(extra=offer)
        answer = stream.answer()
        assert answer[b":status"] == b"200", answer
        peer = wire.Peer(stream, b"", client=True)
        peer.agreed = answer.get(b"sec-websocket-extensions", b"")
        return peer

    def accept(self, extra=()):
        """The next request of a client, answered by 200 and seen as a wire.Peer."""
        self.wait(lambda: self.requests)
        with self.changed:
            stream = self.requests.pop(0)
            self.engine.send_headers(stream.id, [(b":status", b"200"), *extra])
            self.flush()
        return wire.Peer(stream, b"", client=False)

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is gone
        if self.thread:
            self.thread.join(wire.TIMEOUT)
        self.sock.close()


def head(method, path, authority):
    return [
        (b":method", method),
        (b":scheme", b"http"),
        (b":path", path),
        (b":authority", authority),
    ]


def dial(port, **options):
    """A connection by prior knowledge to a server, once its SETTINGS are there."""
    connection = Connection(socket.create_connection(("127.0.0.1", port), wire.TIMEOUT), **options)
    connection.wait(lambda: connection.settled or not connection.alive)
    return connection


class Listener:
    """Waits for clients over TLS; offers these protocols, the best first."""

    def __init__(self, certificate, key, *protocols):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(list(protocols))
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(wire.TIMEOUT)
        self.url = f"wss://localhost:{self.socket.getsockname()[1]}/"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def accept(self):
        """Like that of a socket: wire.accept_client takes a listener too."""
        sock, address = self.socket.accept()
        sock.settimeout(wire.TIMEOUT)
        return self.context.wrap_socket(sock, server_side=True), address

    def settimeout(self, timeout):
        self.socket.settimeout(timeout)

    def connection(self, **options):
        sock, _ = self.accept()
        assert sock.selected_alpn_protocol() == "h2", sock.selected_alpn_protocol()
        return Connection(sock, client=False, **options)
