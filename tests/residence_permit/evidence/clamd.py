"""Answers as ClamAV's daemon does. Run as ``python clamd.py ADDRESS MANNER``.

MANNER: ``scans``; or ``hangs``, ``trickles``, ``cuts`` (hangs up in mid-answer), ``refuses`` (more
bytes than it takes), ``babbles``.
"""

import socket
import sys
import time

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MOST = 1000


def read(connection, size):
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise ConnectionError
        parts += part
    return parts


def stream_of(connection):
    """Return the bytes sent with zINSTREAM: pieces with their length before, the last one empty."""
    assert read(connection, 10) == b"zINSTREAM\0"
    content = b""
    while size := int.from_bytes(read(connection, 4), "big"):
        content += read(connection, size)
    return content


def answer(connection, manner):
    if manner == "refuses":
        read(connection, 10)
        read(connection, MOST)
        connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
        return
    content = stream_of(connection)
    match manner:
        case "hangs":
            time.sleep(60)
        case "trickles":
            for _ in range(60):
                connection.sendall(b"s")
                time.sleep(0.2)
        case "cuts":
            connection.sendall(b"stream: O")
        case "babbles":
            connection.sendall(b"x" * 100_000)
        case _:
            found = b"Win.Test.EICAR_HDB-1 FOUND" if EICAR in content else b"OK"
            connection.sendall(b"stream: " + found + b"\0")


def main():
    address, manner = sys.argv[1:]
    if address.startswith("/"):
        server = socket.socket(socket.AF_UNIX)
        server.bind(address)
    else:
        server = socket.socket()
        server.bind(("127.0.0.1", int(address)))
    server.listen()
    while True:
        connection, _ = server.accept()
        with connection:
            try:
                answer(connection, manner)
            except OSError:
                continue


if __name__ == "__main__":
    main()
