# SPDX-License-Identifier: MIT
"""A certificate for tests."""

import subprocess


def make_certificate(directory):
    """A certificate for localhost and 127.0.0.1 that is its own authority."""
    certificate, key = f"{directory}/certificate.pem", f"{directory}/key.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split()
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(
        [*made, *names, "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    return certificate, key
