"""Processor time, which a busy machine does not blur as it blurs the clock."""

import os
from pathlib import Path


def cpu_of(pid: int) -> float:
    """Seconds of processor that a process, its children and its dead have used."""
    ticks, family = 0, [pid] if pid else []
    for one in family:
        try:
            said = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            family += [
                int(child)
                for thread in Path(f"/proc/{one}/task").iterdir()
                for child in (thread / "children").read_text().split()
            ]
        except OSError:
            continue
        ticks += sum(map(int, said[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")
