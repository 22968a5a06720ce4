# SPDX-License-Identifier: MIT
"""What is measured, with whom, and what counts as good."""
from dataclasses import dataclass

# In the order of the tables and plots. Scripts are started as they are, the rest is built.
SERVERS = ("tautline", "floor", "beast", "websocketpp", "libwebsockets", "wslay", "ws",
           "websockets")
WITHOUT_TLS = {"wslay"}
WITHOUT_DEFLATE = {"floor", "wslay"}

# What the release preset gives, without link-time optimisation.
WITH_RELEASE = ("tautline", "tautline_release", *SERVERS[1:])

# In the goals, and beside us: measured in every run. Others take part in some of them.
CLOSE = ("tautline", "floor", "beast", "wslay")
FOR_SCALE = ("websockets",)


@dataclass(frozen=True)
class Workload:
    """One line of load generator options, for every server that can take part. `kind` is how it
    is measured: a function of kinds.py."""
    name: str
    title: str
    load: tuple = ()
    kind: str = "load"
    server: tuple = ()
    servers: tuple = SERVERS
    tls: bool = False
    # How much longer than the ordinary time it takes to see anything.
    longer: float = 1.0
    # At most so many runs: of what hardly varies, or takes long.
    most_runs: int = 99
    # About how many seconds one measurement takes besides.
    overhead: float = 0.4
    metrics: tuple = ("cpu_us", "per_second", "p50_us", "p99_us", "p999_us", "resident_kib")


def _echo(name, title, connections, in_flight, size, *more, **keywords):
    load = ("--connections", connections, "--in-flight", in_flight, "--size", size, *more)
    return Workload(name, title, tuple(str(word) for word in load), **keywords)


def _compressed(name, title, how, connections=20):
    servers = tuple(server for server in SERVERS if server not in WITHOUT_DEFLATE)
    return _echo(name, title, connections, 1, 1024, "--text", "--deflate", how,
                 server=("--deflate",), servers=servers,
                 metrics=("cpu_us", "answer_bytes", "per_second", "p50_us", "p99_us", "p999_us",
                          "resident_kib"))


def _secure(name, title, *numbers):
    servers = tuple(server for server in SERVERS if server not in WITHOUT_TLS)
    return _echo(name, title, *numbers, tls=True, servers=servers)


def _idle(name, title, *more, **keywords):
    load = ("--mode", "idle", "--connections", "10000", "--warm-up", "1", *more)
    return Workload(name, title, load, **{"metrics": _MEMORY, "most_runs": 2, "overhead": 4,
                                          **keywords})


def _calls(echo):
    return Workload(f"calls-{echo.name}", echo.title, echo.load, "calls", echo.server,
                    tuple(s for s in ("tautline", "floor", "beast", "libwebsockets", "wslay")
                          if s in echo.servers),
                    echo.tls, most_runs=1, overhead=4, metrics=("calls",))


def _profile(echo):
    return Workload(f"profile-{echo.name}", echo.title, echo.load, "profile", echo.server,
                    ("tautline",), echo.tls, most_runs=1, longer=2, overhead=3,
                    metrics=("cpu_us", "user", "system"))


def _carriers(name, size, in_flight):
    return Workload(f"carriers-{name}-{in_flight}f", f"{size} B, {in_flight} in flight",
                    ("100", str(in_flight), str(size)), "carriers", servers=("h1", "h2"), tls=True,
                    most_runs=3, overhead=1, metrics=("cpu_us", "per_second"))


_NO_FLOOR = tuple(server for server in SERVERS if server != "floor")
_MEMORY = ("bytes_each", "resident_kib")
_BY_CLOCK = ("--rate", "10000")

_ECHO_1 = _echo("echo-20-1c", "20 B, 1 connection", 1, 1, 20)
_ECHO_100 = _echo("echo-20-100c", "20 B, 100 connections", 100, 1, 20, servers=WITH_RELEASE)
_ECHO_16F = _echo("echo-20-16f", "20 B, 100 connections, 16 in flight", 100, 16, 20,
                  servers=WITH_RELEASE)
_FRESH = _compressed("deflate-1k-fresh", "1 KiB deflated, no context takeover, 20 connections",
                     "fresh")
_TLS_20 = _secure("tls-20", "TLS, 20 B, 100 connections", 100, 1, 20)

WORKLOADS = (
    _ECHO_1,
    _echo("echo-20-10c", "20 B, 10 connections", 10, 1, 20),
    _ECHO_100,
    _echo("echo-20-1000c", "20 B, 1000 connections", 1000, 1, 20),
    _ECHO_16F,
    _echo("echo-1k", "1 KiB, 100 connections", 100, 1, 1024),
    _echo("echo-16k", "16 KiB, 20 connections, 4 in flight", 20, 4, 16384, servers=WITH_RELEASE),
    _echo("echo-1m", "1 MiB, 4 connections", 4, 1, 1048576),
    _echo("fragmented-16k", "16 KiB in 16 fragments, 20 connections", 20, 1, 16384,
          "--fragments", "16", servers=_NO_FLOOR),
    _echo("text-1k", "1 KiB of text, 100 connections", 100, 1, 1024, "--text"),
    _echo("text-16k", "16 KiB of text, 20 connections", 20, 1, 16384, "--text"),
    _compressed("deflate-1k", "1 KiB deflated, context takeover, 20 connections", "takeover"),
    _FRESH,
    _TLS_20,
    _secure("tls-16k", "TLS, 16 KiB, 20 connections, 4 in flight", 20, 4, 16384),
    Workload("churn", "connect, one message, close; 50 at a time",
             ("--mode", "churn", "--connections", "50"), servers=_NO_FLOOR,
             metrics=("cpu_us", "per_second", "p50_us", "p99_us")),
    _idle("idle", "10 000 idle connections"),
    _idle("idle-used", "10 000 idle connections after one message each", "--touch"),
    # Some peers take 300 KiB each: 10 000 would not fit everywhere.
    _idle("idle-tls", "2000 idle TLS connections", "--connections", "2000", tls=True,
          servers=tuple(s for s in SERVERS if s not in WITHOUT_TLS)),
    _idle("heartbeat", "10 000 idle connections, a Ping each 20 s", server=("--ping", "20"),
          servers=("tautline",), longer=20.0, metrics=("server_cores", "bytes_each")),
    # By the clock: below what the generator and all of these servers can do, so that the latency is
    # that of the server.
    _echo("latency-20", "20 B, 100 connections, 10 000 messages a second", 100, 1, 20, *_BY_CLOCK,
          servers=tuple(s for s in SERVERS if s not in FOR_SCALE),
          metrics=("p50_us", "p99_us", "p999_us", "cpu_us", "late_p99_us")),
    _echo("fairness", "100 slow connections beside one that floods",
          100, 1, 20, *_BY_CLOCK, kind="fairness", servers=("tautline", "floor", "beast"),
          overhead=2.5, metrics=("p99_ratio", "quiet_p99_us", "p99_us", "flood_per_second",
                                 "server_cores", "late_p99_us")),
    Workload("sender-1k", "the client sends 1 KiB messages", ("1024",), "send",
             servers=("tautline", "beast", "beast, gathered"), metrics=("cpu_us", "per_second")),
    Workload("compile", "seconds to compile a hello world callback server", (), "compile",
             servers=("tautline", "floor", "beast"), most_runs=3, overhead=9,
             metrics=("seconds", "own_seconds")),
    *map(_calls, (_ECHO_1, _ECHO_100, _ECHO_16F, _TLS_20)),
    *map(_profile, (_ECHO_100, _ECHO_16F, _TLS_20, _FRESH)),
    *(_carriers(name, size, in_flight) for name, size in (("20", 20), ("1k", 1024), ("16k", 16384))
      for in_flight in (1, 4)),
)


@dataclass(frozen=True)
class Goal:
    """`metric` of `server` in `workload`, at most `limit` times that of `other` there; with no
    other, at most `limit` itself."""
    workload: str
    metric: str
    limit: float
    other: str = ""
    server: str = "tautline"


GOALS = (
    Goal("echo-20-100c", "cpu_us", 1.05, "floor"),
    Goal("echo-20-16f", "cpu_us", 1.08, "floor"),
    Goal("echo-16k", "cpu_us", 0.45, "beast"),
    Goal("echo-16k", "cpu_us", 1.35, "floor"),
    Goal("deflate-1k-fresh", "cpu_us", 0.5, "beast"),
    Goal("deflate-1k-fresh", "answer_bytes", 1.1, "beast"),
    Goal("tls-20", "cpu_us", 0.8, "beast"),
    Goal("tls-20", "cpu_us", 1.1, "floor"),
    Goal("tls-16k", "cpu_us", 0.7, "beast"),
    Goal("sender-1k", "cpu_us", 0.7, "beast"),
    Goal("sender-1k", "cpu_us", 0.7, "beast, gathered"),
    Goal("idle", "bytes_each", 256),
    Goal("idle-tls", "bytes_each", 0.38, "beast"),
    Goal("heartbeat", "server_cores", 0.01),
    Goal("compile", "seconds", 0.1, "beast"),
    Goal("compile", "own_seconds", 1.0),
    Goal("fairness", "p99_ratio", 2.0),
    *(Goal(workload.name, "cpu_us", 1.0, "h1", "h2") for workload in WORKLOADS
      if workload.kind == "carriers"),
)
