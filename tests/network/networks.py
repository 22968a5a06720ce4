# SPDX-License-Identifier: MIT
"""A network of the test's own: this process is one host, and `far` is another one.

    networks.enter()                 # exits with 77 where the kernel does not let us
    with networks.Network() as far:
        far.listen("2001:db8:7::3", 443)       # a socket over there
        far.run(["taut", "serve", ...])        # a process over there

Both hosts share a link (10.7.0.0/24, 2001:db8:7::/64) and a slow one (10.8.0.0/24,
2001:db8:8::/64), on which every packet takes SLOW_DELAY each way. We are .1, far is .2 and up."""

import collections
import contextlib
import ctypes
import os
import select
import socket
import subprocess
import sys
import threading
import time

LIMIT = 60  # seconds for any one thing; a hang is a failure, not a wait
SLOW_DELAY = 0.1
HOSTS = range(2, 10)  # the addresses of far on each link
BLACKHOLES = ("10.7.0.66", "2001:db8:7::66", "2001:db8:7::67")
UNREACHABLE = {  # kinds of routes, each for a network
    "unreachable": "2001:db8:a::",
    "prohibit": "2001:db8:b::",
    "blackhole": "2001:db8:c::",
}

MARK = "TAUTLINE_OWN_NETWORK"
CLONE_NEWNET = 0x40000000
SOL_PACKET, PACKET_VNET_HDR, PACKET_OUTGOING, ETH_P_ALL = 263, 15, 4, 3


def enter():
    """Goes on in a network that is empty, or skips the test and says why."""
    if os.environ.get(MARK):
        run("ip link set lo up")
        return
    options = ["unshare", "--net", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    try:
        trial = [*options, "ip", "link", "add", "near", "type", "veth", "peer", "name", "far"]
        done = subprocess.run(trial, capture_output=True, text=True)
        refusal = done.stderr if done.returncode else ""
    except FileNotFoundError as error:
        refusal = str(error)
    if refusal or not os.path.exists("/proc/net/if_inet6"):
        print("cannot make a network of our own:", refusal or "there is no IPv6")
        sys.exit(77)
    script = [sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]]
    os.execvpe("unshare", [*options, *script], {**os.environ, MARK: "1"})


def run(command, *prefix):
    subprocess.run([*prefix, *command.split()], check=True)


class Network:
    def __enter__(self):
        self.host = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.host.stdout.readline()
        self.far = ["nsenter", f"--net=/proc/{self.host.pid}/ns/net"]
        self.stack = contextlib.ExitStack()
        self.stack.callback(self.end)
        run("ip link set lo up", *self.far)
        run(f"ip link add near type veth peer name far netns {self.host.pid}")
        self.address("near", "far", 7)
        self.add_slow_link()
        self.add_dead_addresses()
        return self

    def end(self):
        self.host.stdin.close()
        self.host.wait(LIMIT)
        self.host.stdout.close()

    def __exit__(self, *_):
        self.stack.close()

    def address(self, near, far, number):
        run(f"ip addr add 10.{number}.0.1/24 dev {near}")
        run(f"ip addr add 2001:db8:{number}::1/64 dev {near} nodad")
        for host in HOSTS:
            run(f"ip addr add 10.{number}.0.{host}/24 dev {far}", *self.far)
            run(f"ip addr add 2001:db8:{number}::{host}/64 dev {far} nodad", *self.far)
        run(f"ip link set {near} up")
        run(f"ip link set {far} up", *self.far)

    def add_slow_link(self):
        run("ip link add slow type veth peer name slow-end")
        run(f"ip link add far-end type veth peer name slow netns {self.host.pid}")
        for end in ("slow-end", "far-end"):
            run(f"ip link set {end} up")
        self.address("slow", "slow", 8)
        self.stack.enter_context(Delay("slow-end", "far-end", SLOW_DELAY))

    def add_dead_addresses(self):
        # Packets go to far, which is not meant, forwards nothing and says nothing.
        show = [*self.far, "ip", "-brief", "link", "show", "far"]
        there = subprocess.run(show, check=True, capture_output=True, text=True).stdout.split()[2]
        for address in BLACKHOLES:
            run(f"ip neigh add {address} lladdr {there} dev near")
        for kind, prefix in UNREACHABLE.items():
            run(f"ip -6 route add {kind} {prefix}/64")

    def listen(self, address, port):
        """A socket of far. Nobody accepts what it takes, unless the caller does."""
        sockets = []

        def there():
            with open(f"/proc/{self.host.pid}/ns/net") as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            sockets.append(socket.create_server((address, port), family=family))

        # In a thread of its own, whose network ends with it.
        thread = threading.Thread(target=there)
        thread.start()
        thread.join()
        self.stack.callback(sockets[0].close)
        return sockets[0]

    def run(self, command):
        """A process of far that says a line when it is ready; ends with the network."""
        process = subprocess.Popen([*self.far, *command], stdout=subprocess.PIPE, text=True)

        def end():
            process.terminate()
            process.wait(LIMIT)
            process.stdout.close()

        self.stack.callback(end)
        if not process.stdout.readline():
            raise RuntimeError(f"{command} did not start")


class Delay(threading.Thread):
    """Carries packets from one interface to another and back, each after so many seconds. The
    kernel's netem is not everywhere."""

    def __init__(self, one, other, seconds):
        super().__init__(daemon=True)
        self.seconds = seconds
        ends = [self.open(name) for name in (one, other)]
        self.other = {ends[0]: ends[1], ends[1]: ends[0]}
        self.wake, self.woken = os.pipe()

    @staticmethod
    def open(name):
        end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        # What is not computed yet, checksums and segments, stays so on the way.
        end.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        end.bind((name, ETH_P_ALL))
        return end

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        os.close(self.woken)
        self.join()
        os.close(self.wake)
        for end in self.other:
            end.close()

    def run(self):
        waiting = collections.deque()
        while True:
            pause = max(0, waiting[0][0] - time.monotonic()) if waiting else None
            ready, _, _ = select.select([*self.other, self.wake], [], [], pause)
            if self.wake in ready:
                return
            for end in ready:
                packet, sender = end.recvfrom(1 << 17)
                if sender[2] != PACKET_OUTGOING:
                    waiting.append((time.monotonic() + self.seconds, self.other[end], packet))
            while waiting and waiting[0][0] <= time.monotonic():
                _, end, packet = waiting.popleft()
                end.send(packet)
