#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Refuses an include against the arrows of the house, a file in no layer, a library used outside of
its folder, and a public header that drags in what its users did not ask for."""
from pathlib import PurePosixPath

import source_tree

PROTO = ["proto/http", "proto/deflate", "proto/websocket", "proto/dns", "proto/eyeballs",
         "proto/proxy", "proto/h2"]
BELOW_DRIVER = ["base", *PROTO, "io", "transport", "observe"]

# Folder of src/tautline -> the folders that it may include, besides itself.
ARROWS = {
    "base": [],
    "proto/http": ["base"],
    "proto/deflate": ["base", "proto/http"],
    "proto/websocket": ["base", "proto/http", "proto/deflate"],
    "proto/wslay": ["base", "proto/http", "proto/deflate", "proto/websocket"],
    "proto/dns": ["base"],
    "proto/eyeballs": ["base", "proto/dns"],
    "proto/proxy": ["base", "proto/http"],
    "proto/h2": ["base", "proto/http"],
    "io": ["base"],
    "resolve": ["base", "proto/dns", "proto/eyeballs", "io"],
    "transport": ["base", "proto/http", "proto/h2", "io"],
    "observe": ["base", *PROTO, "transport"],
    "session": BELOW_DRIVER,
    "dial": [*BELOW_DRIVER, "session", "resolve"],
    "client": [*BELOW_DRIVER, "session", "resolve", "dial"],
    "server": [*BELOW_DRIVER, "session"],
    "blocking": [*BELOW_DRIVER, "session", "dial", "client"],
}
# A test of one end of a connection needs the other end.
TEST_ARROWS = {
    "session": ["dial", "client", "server"],
    "dial": ["server"],
    "client": ["server"],
    "server": ["dial", "client", "blocking"],
    "blocking": ["server"],
}
# Beside the library: folder -> the layers that it may include. The library includes none of them.
OUTSIDE = {
    "fuzz": ["base", *PROTO, "proto/wslay"],
    "apps": list(ARROWS), "examples": list(ARROWS), "bench": list(ARROWS), "tests": list(ARROWS),
}
# First part of an include -> the layers that may use that library.
ABOVE_LINE = ["io", "resolve", "transport", "dial", "session", "client", "server", "blocking"]
LIBRARIES = {
    "asio": ABOVE_LINE, "asio.hpp": ABOVE_LINE,
    "openssl": ["transport"],
    "zlib.h": ["proto/deflate"],
    "wslay": ["proto/wslay"],
    "nghttp2": ["proto/h2"],
    "ares.h": ["resolve"],
    "fmt": [], "CLI": [], "histedit.h": [],
}
HEAVY = {"asio", "asio.hpp", "openssl", "wslay", "zlib.h", "nghttp2", "ares.h"}


def layer_of(path):
    """The layer of a file, as a key of ARROWS or OUTSIDE; None when it stands in no layer."""
    parts = path.parts
    if parts[:2] == ("src", "tautline"):
        folder = "/".join(parts[2:-1])
        return folder if folder in ARROWS else None
    return parts[0] if parts[0] in OUTSIDE else None


def allowed_layers(layer, test):
    if layer in OUTSIDE:
        return OUTSIDE[layer]
    return [layer, *ARROWS[layer], *(TEST_ARROWS.get(layer, []) if test else [])]


def check_include(path, number, header, layer):
    target = PurePosixPath("src", header)
    if header.startswith("tautline/"):
        target_layer = layer_of(target)
        if target_layer is None:
            return f"{path}:{number}: {header} stands in no layer"
        if target_layer not in allowed_layers(layer, source_tree.is_test(path)):
            return f"{path}:{number}: {layer} may not include {target_layer} ({header})"
        return None
    users = LIBRARIES.get(header.split("/")[0])
    if users is not None and layer in ARROWS and layer not in users:
        test_of_user = source_tree.is_test(path) and layer not in ("base", *PROTO)
        if not test_of_user:
            return f"{path}:{number}: {layer} may not include <{header}>"
    if layer in ARROWS and header.split("/")[0] in ("apps", "examples", "bench", "fuzz"):
        return f"{path}:{number}: the library may not include {header}"
    return None


def check_arrows(root):
    problems = []
    for path in source_tree.files(root, source_tree.CPP, ("src", *OUTSIDE)):
        layer = layer_of(path)
        if layer is None:
            problems.append(f"{path}: stands in no layer; see ARROWS in tools/check_layers.py")
            continue
        for number, header in source_tree.includes(source_tree.read(root, path)):
            problem = check_include(path, number, header, layer)
            if problem:
                problems.append(problem)
    return problems


def public_headers(root):
    """Public header -> its kind, with the patterns of tools/public_headers.txt written out."""
    found = {}
    problems = []
    for pattern, kind in source_tree.read_list(root / "tools/public_headers.txt").items():
        matches = sorted((root / "src/tautline").glob(pattern))
        if not matches:
            problems.append(f"tools/public_headers.txt: nothing is called {pattern}")
        for match in matches:
            found["tautline/" + match.relative_to(root / "src/tautline").as_posix()] = kind
    return found, problems


def reach(root, header, graph):
    """Everything that `header` includes, directly or not: header -> who included it."""
    came_from = {}
    waiting = [header]
    while waiting:
        current = waiting.pop()
        if current not in graph:
            path = root / "src" / current
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            graph[current] = [name for _, name in source_tree.includes(text)]
        for name in graph[current]:
            if name not in came_from:
                came_from[name] = current
                if name.startswith("tautline/"):
                    waiting.append(name)
    return came_from


def check_public(root):
    headers, problems = public_headers(root)
    graph = {}
    for header, kind in headers.items():
        for name, origin in reach(root, header, graph).items():
            library = name.split("/")[0]
            if library == "tautline":
                if name not in headers:
                    problems.append(f"src/{origin}: the public header {header} includes {name}, "
                                    "which is not in tools/public_headers.txt")
            elif library in HEAVY and not (kind == "coroutine" and library.startswith("asio")):
                problems.append(f"src/{origin}: the public header {header} drags in <{name}>")
    return problems


if __name__ == "__main__":
    tree = source_tree.parse_arguments(__doc__).root
    source_tree.run("layers", check_arrows(tree) + check_public(tree))
