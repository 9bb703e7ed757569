"""What the sessions of Python's mail libraries begin with. Arguments: host, port, how TLS comes, user, the server's
certificate, and one more that each session says. The password comes by standard input."""

import ssl
import sys

HOST, port, MODE, USER, CERTIFICATE, MORE = sys.argv[1:]
PORT = int(port)
PASSWORD = sys.stdin.readline().rstrip("\n")


def check(condition, what):
    # not "assert": that is gone under python -O
    if not condition:
        raise RuntimeError(what)


def tls_context():
    """Believes the server's certificate, whatever name it is reached by."""
    context = ssl.create_default_context(cafile=CERTIFICATE)
    context.check_hostname = False
    return context
