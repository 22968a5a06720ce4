# SPDX-License-Identifier: MIT
"""Where the time of a server goes: perf samples its clock while it echoes, and each sample counts
for the part that its function belongs to. /proc tells user from system time."""
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

import harness

# Whose function it is, by its library; the kernel's by name too. The first that matches counts.
PARTS = (
    ("kernel: epoll", r"\[kernel\S* (__)?(ep_|epoll|do_epoll|sock_poll|tcp_poll)"),
    ("kernel: into and out of calls", r"\[kernel\S* (do_syscall|entry_SYSCALL|syscall_|sysret)"),
    ("kernel: sockets and the rest", r"\["),
    ("OpenSSL", r"lib(crypto|ssl)"),
    ("zlib", r"libz[.]"),
    ("libc", r"lib(c|m|gcc_s)[.]|ld-linux"),
    ("Asio and the standard library", r"libstdc"),
)
# The namespace that comes first is the function's own; those behind it are of its arguments.
NAMESPACE = re.compile(r"\b(asio|std|tautline)::(?:([a-z0-9_]+)::)?")


def part_of(library, function):
    if library == "tautline":
        first = NAMESPACE.search(function)
        if first and first.group(1) != "tautline":
            return "Asio and the standard library"
        return f"tautline: {first and first.group(2) or 'server and callbacks'}"
    text = f"{library} {function}"
    return next((name for name, pattern in PARTS if re.match(pattern, text)), "other")


def measure(bench, workload, name):
    """Shares of samples by part, as `part NAME`, besides the figures of the load."""
    with tempfile.TemporaryDirectory() as folder, bench.server(workload, name) as server:
        samples = Path(folder) / "samples"
        recorder = record(server.pid, samples)
        before = user_and_system(server.pid)
        figures = bench.drive(server, workload, name)
        user, system = (after - start for after, start in
                        zip(user_and_system(server.pid), before))
        recorder.terminate()
        recorder.communicate()
        shares = shares_of(samples)
    total = user + system or 1
    return {"cpu_us": figures["cpu_us"], "user": user / total, "system": system / total,
            **{f"part {part}": share for part, share in shares.items()}}


def record(pid, samples):
    if not shutil.which("perf"):
        raise harness.Missing("perf is not there")
    command = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-p", str(pid), "-o",
               str(samples)]
    recorder = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                text=True)
    time.sleep(0.3)
    if recorder.poll() is not None:
        raise harness.Missing(f"perf record: {recorder.stderr.read().strip()[-300:]}")
    return recorder


def shares_of(samples):
    command = ["perf", "report", "-i", str(samples), "--no-children", "--stdio", "-F",
               "sample,dso,symbol", "-t", "|"]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    counts = Counter()
    for number, library, function in re.findall(r"^ *(\d+) *\|(\S+) *\|\[.\] (.*)$", report,
                                                re.MULTILINE):
        counts[part_of(library, function)] += int(number)
    if not counts:
        raise harness.Missing("perf saw nothing")
    return {part: count / counts.total() for part, count in counts.most_common()}


def user_and_system(pid):
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return [int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:13]]
