# SPDX-License-Identifier: MIT
"""What was measured, and when, where and how: each workload with a stamp of its own, so that a
later measurement of some says nothing about the others."""
import json
import os
import platform
import re
import subprocess
import time

from harness import ROOT

MEASURED = ("src", "bench", "examples", "cmake", "CMakeLists.txt", "CMakePresets.json")
# The rest is noise.
DIGITS = 4


def load(path):
    """workload -> {"stamp": ..., "servers": {server: [figures of a run]}}."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def save(path, record):
    """One line a run: a difference between two versions can be read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = [f'"{name}": {{"stamp": {json.dumps(entry["stamp"])},\n "servers": {{\n'
               + ",\n".join(server_text(*item) for item in entry["servers"].items()) + "}}"
               for name, entry in record.items()]
    path.write_text("{\n" + ",\n".join(entries) + "\n}\n", encoding="utf-8")


def server_text(server, runs):
    lines = (json.dumps({name: float(f"{value:.{DIGITS}g}") for name, value in run.items()})
             for run in runs)
    return f'  "{server}": [' + ",\n    ".join(lines) + "]"


def kept(workload, figures):
    """The figures that the page uses; the generator's core tells whether it was busy."""
    names = {*workload.metrics, "generator_cores"}
    return {name: value for name, value in figures.items()
            if name in names or name.startswith(("part ", "call "))}


def stamp(runs, seconds, warm_up):
    return {"date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()), "commit": commit(),
            "runs": runs, "seconds": round(seconds, 2), "warm_up": warm_up, "load": average_load(),
            "machine": machine()}


def average_load():
    return f"{os.getloadavg()[0]:.1f}"


def commit():
    """With `-dirty` only for what is measured: the page itself changes between two runs."""
    name = git("rev-parse", "--short", "HEAD").stdout.strip()
    return name + ("-dirty" if git("status", "--porcelain", "--", *MEASURED).stdout else "")


def same_state(one, other):
    """Whether two commits differ at most in what is not measured."""
    return one == other or git("diff", "--quiet", one, other, "--", *MEASURED).returncode == 0


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True,
                              check=False).stdout.strip()
    return (f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} cores, Linux "
            f"{platform.release()}, g++ {compiler}")
