# SPDX-License-Identifier: MIT
"""Counts the system calls of a server a message: all that strace saw while it echoed, without those
that the same server makes to start, to take as many connections and to lose them."""
import re
import tempfile
from pathlib import Path

STRACE = ("strace", "-f", "-c", "-o")
IDLE = ("--mode", "idle")


def measure(bench, workload, name):
    at_rest, _ = count(bench, workload, name, IDLE)
    at_work, messages = count(bench, workload, name, ())
    each = {call: (number - at_rest.get(call, 0)) / messages for call, number in at_work.items()}
    figures = {f"call {call}": value for call, value in each.items() if value >= 0.005}
    return {"calls": sum(figures.values()), **figures}


def count(bench, workload, name, more):
    """Calls by name, and the messages answered meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "calls"
        with bench.server(workload, name, (*STRACE, str(log))) as server:
            answer = bench.drive(server, workload, name, more)
        return table(log.read_text(encoding="utf-8")), answer["all_messages"]


def table(text):
    """`strace -c` prints: share, seconds, microseconds a call, calls, perhaps errors, name."""
    rows = re.findall(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$", text, re.MULTILINE)
    return {call: int(number) for number, call in rows if call != "total"}
