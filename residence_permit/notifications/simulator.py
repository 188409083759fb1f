"""A provider of text messages that fails on demand, as a process of its own.

``python -m residence_permit.notifications.simulator [PORT] [LEDGER]`` prints its address, listens
on 127.0.0.1 alone and keeps a ledger of what it took. ``POST /behave`` says how it treats the
next messages::

    {"mode": "ok" | "delay" | "hang" | "drop" | "lose" | "error" | "busy" | "refuse" | "twice",
     "seconds": 1.5, "times": 3, "honours_key": true}

``drop`` takes the message and cuts the line without an answer; ``lose`` cuts it before taking
anything; ``error`` takes it and answers 500; ``twice`` answers twice. After ``times`` messages all
is well again; without it, never. ``GET /ledger`` lists what was delivered, and how often each key
was asked for. Told not to honour the key, it delivers again each time: the tests' control run.
"""

import json
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HANG_SECONDS = 3600
MODES = ("ok", "delay", "hang", "drop", "lose", "error", "busy", "refuse", "twice")


@dataclass
class Ledger:
    """What was asked and what was delivered; a file keeps it when the simulator is killed."""

    path: Path | None = None
    delivered: list[dict[str, Any]] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: dict[str, Any], *, honours_key: bool) -> str:
        """Deliver a message unless its key was delivered before; return the reference."""
        key = str(message["key"])
        with self.lock:
            known = self.references.get(key)
            if known and honours_key:
                return known
            self.references[key] = reference = f"sim-{len(self.delivered) + 1}"
            self.delivered.append({"reference": reference, **message})
            if self.path:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(self.delivered[-1], ensure_ascii=False) + "\n")
            return reference

    def ask(self, key: str) -> None:
        """Count that a key was asked for."""
        with self.lock:
            self.asked[key] = self.asked.get(key, 0) + 1


class Simulator(ThreadingHTTPServer):
    """The server, its ledger and how it behaves just now."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # workers come in crowds

    def __init__(self, port: int = 0, ledger: Path | None = None):
        """Listen; with port 0 on any that is free."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.ledger = Ledger(ledger)
        self.behaviour: dict[str, Any] = {"mode": "ok"}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def behave(self, mode: str, **how: Any) -> None:
        """Treat the next messages so."""
        with self.lock:
            self.behaviour = {"mode": mode, **how}

    def next_behaviour(self) -> dict[str, Any]:
        """Return how to treat the message that just came."""
        with self.lock:
            now = dict(self.behaviour)
            if "times" in self.behaviour and now["mode"] != "ok":
                self.behaviour["times"] -= 1
                if self.behaviour["times"] <= 0:
                    kept = {k: v for k, v in self.behaviour.items() if k == "honours_key"}
                    self.behaviour = {"mode": "ok", **kept}
        return now

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that gave up is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Simulator

    def do_GET(self) -> None:
        """Show the ledger."""
        ledger = self.server.ledger
        with ledger.lock:
            self._answer(200, {"delivered": ledger.delivered, "asked": ledger.asked})

    def do_POST(self) -> None:
        """Take a message, or an instruction."""
        data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/send":
            self._send(data)
        elif self.path == "/behave" and data.get("mode") in MODES:
            self.server.behave(**data)
            self._answer(200, {})
        else:
            self._answer(404, {})

    def _send(self, message: dict[str, Any]) -> None:
        how = self.server.next_behaviour()
        mode, ledger = how["mode"], self.server.ledger
        ledger.ask(str(message["key"]))
        if mode == "lose":
            return self._cut()
        if mode in ("busy", "refuse"):
            return self._answer(429 if mode == "busy" else 422, {})
        if mode == "delay":
            time.sleep(how.get("seconds", 1))
        reference = ledger.take(message, honours_key=how.get("honours_key", True))
        if mode == "hang":
            time.sleep(how.get("seconds", HANG_SECONDS))
        if mode in ("drop", "hang"):
            return self._cut()
        if mode == "error":
            return self._answer(500, {})
        answer = {"key": message["key"], "reference": reference}
        if mode == "twice":
            self._answer(200, answer)
        return self._answer(200, answer)

    def _cut(self) -> None:
        self.close_connection = True

    def _answer(self, status: int, data: dict[str, Any]) -> None:
        body = json.dumps(data, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log nothing: what comes in are numbers and texts."""


def main(arguments: list[str]) -> None:
    """Serve until stopped."""
    port = int(arguments[0]) if arguments else 0
    ledger = Path(arguments[1]) if len(arguments) > 1 else None
    with Simulator(port, ledger) as simulator:
        print(simulator.url, flush=True)  # noqa: T201 - the caller reads it
        simulator.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
