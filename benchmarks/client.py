"""The client of the web measurements: many kept connections, one process, no library's cost.

Reads one job as JSON from standard input: where to ask, the requests, how many in all and over
how many connections. Writes how long it took and which answers came.
"""

import asyncio
import json
import sys
from collections import Counter
from time import perf_counter
from typing import Any


def written(request: dict[str, Any], host: str) -> bytes:
    """Return a request as it goes over the wire."""
    body = request.get("body", "").encode()
    headers = {"Host": host, "Content-Length": str(len(body))} | request.get("headers", {})
    lines = [f"{request['method']} {request['path']} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Read one answer; return its status and whether the connection stays."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = 0
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name == "content-length":
            length = int(value)
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1]), "connection: close" not in head


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """Send the requests, in turn, and time every one."""
    host, port = "127.0.0.1", job["port"]
    asked = [written(request, f"{host}:{port}") for request in job["requests"]]
    turns = iter(range(job["count"]))
    statuses: Counter[int] = Counter()
    taken: list[float] = []

    async def connection() -> None:
        stays, reader, writer = False, None, None
        for turn in turns:
            if not stays:
                reader, writer = await asyncio.open_connection(host, port)
            start = perf_counter()
            writer.write(asked[turn % len(asked)])
            status, stays = await answer(reader)
            taken.append(perf_counter() - start)
            statuses[status] += 1
            if not stays:
                writer.close()
        if writer:
            writer.close()

    start = perf_counter()
    await asyncio.gather(*(connection() for _ in range(job["connections"])))
    taken.sort()
    return {
        "seconds": perf_counter() - start,
        "statuses": dict(statuses),
        "median_ms": taken[len(taken) // 2] * 1000,
        "p95_ms": taken[int(len(taken) * 0.95)] * 1000,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.load(sys.stdin)))))
