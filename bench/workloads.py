# SPDX-License-Identifier: MIT
"""What is measured, with whom, and what counts as good."""
from dataclasses import dataclass

# In the order of the tables and plots. Scripts are started as they are, the rest is built.
SERVERS = ("tautline", "floor", "beast", "websocketpp", "libwebsockets", "wslay", "ws",
           "websockets")
WITHOUT_TLS = {"wslay"}
WITHOUT_DEFLATE = {"floor", "wslay"}


@dataclass(frozen=True)
class Workload:
    """One line of load generator options, for every server that can take part."""
    name: str
    title: str
    load: tuple = ()
    server: tuple = ()
    servers: tuple = SERVERS
    tls: bool = False
    # How much longer than the ordinary time it takes to see anything.
    longer: float = 1.0
    metrics: tuple = ("cpu_us", "per_second", "p50_us", "p99_us", "p999_us", "resident_kib")


def _echo(name, title, connections, in_flight, size, *more, **keywords):
    load = ("--connections", connections, "--in-flight", in_flight, "--size", size, *more)
    return Workload(name, title, tuple(str(word) for word in load), **keywords)


def _compressed(name, title, how, connections=20):
    servers = tuple(server for server in SERVERS if server not in WITHOUT_DEFLATE)
    return _echo(name, title, connections, 1, 1024, "--text", "--deflate", how,
                 server=("--deflate",), servers=servers)


def _secure(name, title, *numbers):
    servers = tuple(server for server in SERVERS if server not in WITHOUT_TLS)
    return _echo(name, title, *numbers, tls=True, servers=servers)


_NO_FLOOR = tuple(server for server in SERVERS if server != "floor")
_MEMORY = ("bytes_each", "resident_kib")
_IDLE = ("--mode", "idle", "--connections", "10000", "--warm-up", "1")

WORKLOADS = (
    _echo("echo-20-1c", "20 B, 1 connection", 1, 1, 20),
    _echo("echo-20-10c", "20 B, 10 connections", 10, 1, 20),
    _echo("echo-20-100c", "20 B, 100 connections", 100, 1, 20),
    _echo("echo-20-1000c", "20 B, 1000 connections", 1000, 1, 20),
    _echo("echo-20-16f", "20 B, 100 connections, 16 in flight", 100, 16, 20),
    _echo("echo-1k", "1 KiB, 100 connections", 100, 1, 1024),
    _echo("echo-16k", "16 KiB, 20 connections, 4 in flight", 20, 4, 16384),
    _echo("echo-1m", "1 MiB, 4 connections", 4, 1, 1048576),
    _echo("fragmented-16k", "16 KiB in 16 fragments, 20 connections", 20, 1, 16384,
          "--fragments", "16", servers=_NO_FLOOR),
    _echo("text-1k", "1 KiB of text, 100 connections", 100, 1, 1024, "--text"),
    _echo("text-16k", "16 KiB of text, 20 connections", 20, 1, 16384, "--text"),
    _compressed("deflate-1k", "1 KiB deflated, context takeover, 20 connections", "takeover"),
    _compressed("deflate-1k-fresh", "1 KiB deflated, no context takeover, 20 connections", "fresh"),
    _secure("tls-20", "TLS, 20 B, 100 connections", 100, 1, 20),
    _secure("tls-16k", "TLS, 16 KiB, 20 connections, 4 in flight", 20, 4, 16384),
    Workload("churn", "connect, one message, close; 50 at a time",
             ("--mode", "churn", "--connections", "50"), servers=_NO_FLOOR,
             metrics=("cpu_us", "per_second", "p50_us", "p99_us")),
    Workload("idle", "10 000 idle connections", _IDLE, metrics=_MEMORY),
    Workload("idle-used", "10 000 idle connections after one message each", _IDLE + ("--touch",),
             metrics=_MEMORY),
    # Some peers take 300 KiB each: 10 000 would not fit everywhere.
    Workload("idle-tls", "2000 idle TLS connections", _IDLE + ("--connections", "2000"), tls=True,
             servers=tuple(s for s in SERVERS if s not in WITHOUT_TLS), metrics=_MEMORY),
    Workload("heartbeat", "10 000 idle connections, a Ping each 20 s", _IDLE,
             server=("--ping", "20"), servers=("tautline",), longer=20.0,
             metrics=("server_cores", "bytes_each")),
    _echo("quiet", "20 B, 100 connections, nobody floods", 100, 1, 20,
          servers=("tautline", "floor", "beast")),
    _echo("flood", "20 B, 100 connections, and one that floods", 100, 1, 20, "--flood", "262144",
          servers=("tautline", "floor", "beast")),
    Workload("sender-1k", "the client sends 1 KiB messages", ("1024",),
             servers=("tautline", "beast"), metrics=("cpu_us", "per_second")),
    Workload("compile", "seconds to compile a hello world callback server",
             servers=("tautline", "floor", "beast"), metrics=("seconds",)),
)


@dataclass(frozen=True)
class Goal:
    """`metric` of tautline in `workload`, at most `limit` times that of `other` there (or of
    tautline in another workload); with no other, at most `limit` itself."""
    workload: str
    metric: str
    limit: float
    other: str = ""
    other_workload: str = ""


GOALS = (
    Goal("echo-20-100c", "cpu_us", 1.05, "floor"),
    Goal("echo-20-16f", "cpu_us", 1.08, "floor"),
    Goal("echo-16k", "cpu_us", 0.45, "beast"),
    Goal("echo-16k", "cpu_us", 1.35, "floor"),
    Goal("deflate-1k-fresh", "cpu_us", 0.5, "beast"),
    Goal("tls-20", "cpu_us", 0.8, "beast"),
    Goal("tls-20", "cpu_us", 1.1, "floor"),
    Goal("tls-16k", "cpu_us", 0.7, "beast"),
    Goal("sender-1k", "cpu_us", 0.7, "beast"),
    Goal("idle", "bytes_each", 256),
    Goal("idle-tls", "bytes_each", 0.38, "beast"),
    Goal("heartbeat", "server_cores", 0.01),
    Goal("compile", "seconds", 0.1, "beast"),
    Goal("compile", "own_seconds", 1.0),
    Goal("flood", "p99_us", 2.0, "tautline", "quiet"),
)
