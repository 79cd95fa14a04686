"""Load over HTTP from a process of its own: raw sockets, kept open, nothing else.

The client must cost little beside what it measures, so requests are bytes made
beforehand and an answer is read no further than its length.
"""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from tests.bench.processor import cpu_of

HOST = "127.0.0.1"


class Job(msgspec.Struct):
    """Requests to send, over so many connections; for some seconds, or each once."""

    port: int
    requests: list[bytes]
    connections: int = 1
    seconds: float = 0.0
    # The server's process, so that it can be said what it cost.
    pid: int = 0


class Outcome(msgspec.Struct):
    """How long it took in all and each, which statuses came, how often to wait."""

    seconds: float
    times: list[float]
    statuses: dict[int, int]
    waits: int = 0
    processor: float = 0.0

    @property
    def cost(self) -> float:
        """The server's processor per answer, in milliseconds."""
        return self.processor / len(self.times) * 1000

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    def expect(self, *statuses: int) -> "Outcome":
        """A figure made of refusals would be a fast one."""
        if not self.times or set(self.statuses) - set(statuses):
            raise RuntimeError(f"Answers were {self.statuses}, not {statuses}.")
        return self


def request(method: str, path: str, body: bytes = b"", /, **headers: str) -> bytes:
    """One request as it goes over the wire; ``if_none_match`` is If-None-Match."""
    named = {"Host": HOST} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    if method == "POST":
        named["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in named.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(job: Job) -> Outcome:
    """Let a second process send it all, and say what came back."""
    used = cpu_of(job.pid)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=msgspec.msgpack.encode(job),
        stdout=subprocess.PIPE,
        check=True,
    )
    outcome = msgspec.msgpack.decode(done.stdout, type=Outcome)
    outcome.processor = cpu_of(job.pid) - used
    return outcome


def in_turns(ours: Job, reference: Job, turns: int = 2) -> tuple[Outcome, Outcome]:
    """Both by turns, so that a busy moment of the machine meets both of them.

    Requests that can be sent only once are dealt out to the turns.
    """
    outcomes: list[list[Outcome]] = [[], []]
    for turn in range(turns):
        for place, job in enumerate((reference, ours)):
            share = job.requests if job.seconds else job.requests[turn::turns]
            part = msgspec.structs.replace(
                job, requests=share, seconds=job.seconds / turns
            )
            outcomes[place].append(run(part))
    return _sum(outcomes[1]), _sum(outcomes[0])


def _sum(parts: Sequence[Outcome]) -> Outcome:
    statuses: Counter[int] = Counter()
    for part in parts:
        statuses.update(part.statuses)
    return Outcome(
        sum(part.seconds for part in parts),
        [time for part in parts for time in part.times],
        dict(statuses),
        sum(part.waits for part in parts),
        sum(part.processor for part in parts),
    )


# In the second process


class _Load:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.requests = self._given_out()
        self.lock = threading.Lock()
        self.outcome = Outcome(0.0, [], {})

    def carry(self) -> Outcome:
        threads = [
            threading.Thread(target=self._connection)
            for _ in range(self.job.connections)
        ]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.outcome.seconds = time.perf_counter() - began
        return self.outcome

    def _given_out(self) -> Iterator[bytes]:
        if not self.job.seconds:
            yield from self.job.requests
            return
        until = time.perf_counter() + self.job.seconds
        while True:
            for one in self.job.requests:
                if time.perf_counter() > until:
                    return
                yield one

    def _next(self) -> bytes | None:
        with self.lock:
            return next(self.requests, None)

    def _connection(self) -> None:
        with socket.create_connection((HOST, self.job.port), timeout=60) as wire:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (one := self._next()) is not None:
                began = time.perf_counter()
                status = self._sent(wire, one)
                spent = time.perf_counter() - began
                with self.lock:
                    self.outcome.times.append(spent)
                    known = self.outcome.statuses.get(status, 0)
                    self.outcome.statuses[status] = known + 1

    def _sent(self, wire: socket.socket, one: bytes) -> int:
        while True:
            wire.sendall(one)
            status, headers = _answer(wire)
            if status != 429:
                return status
            with self.lock:
                self.outcome.waits += 1
            time.sleep(float(headers.get(b"retry-after", b"1")))


def _answer(wire: socket.socket) -> tuple[int, dict[bytes, bytes]]:
    """Read one answer to its end."""
    held = b""
    while b"\r\n\r\n" not in held:
        held += _piece(wire)
    head, _, body = held.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    status = int(first.split()[1])
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in lines)
    }
    missing = int(headers.get(b"content-length", b"0")) - len(body)
    while missing > 0:
        missing -= len(_piece(wire))
    return status, headers


def _piece(wire: socket.socket) -> bytes:
    piece = wire.recv(1 << 18)
    if not piece:
        raise ConnectionError("The server closed the connection.")
    return piece


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        told = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
        sys.stdout.buffer.write(msgspec.msgpack.encode(_Load(told).carry()))
