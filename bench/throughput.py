"""Packets a second of the whole path, beside tshark, in turn: `throughput.py SMALL LARGE [--runs N]`.

Two captures of different size tell the slope (seconds a further packet) apart from start-up. Prints medians; without tshark
installed, only ours.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import wiregram


def packets_of(capture: Path) -> int:
    return sum(1 for _ in wiregram.read(capture))


def timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captures", nargs=2, type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    commands = {"wiregram": [sys.executable, "-m", "wiregram", "run", "-o", os.devnull]}
    if shutil.which("tshark"):
        commands["tshark -z io,stat,0"] = ["tshark", "-q", "-z", "io,stat,0", "-r"]
        commands["tshark -T ek"] = ["tshark", "-T", "ek", "-r"]
    counts = [packets_of(capture) for capture in options.captures]
    seconds: dict[str, list[list[float]]] = {name: [[], []] for name in commands}
    for _ in range(options.runs):
        for size, capture in enumerate(options.captures):
            for name, command in commands.items():
                seconds[name][size].append(timed([*command, str(capture)]))
    print(f"{'':24}{'packets':>10}{'seconds':>10}{'packets/s':>12}")
    for name, runs in seconds.items():
        medians = [statistics.median(run) for run in runs]
        for count, median in zip(counts, medians, strict=True):
            print(f"{name:24}{count:>10}{median:>10.2f}{count / median:>12.0f}")
        slope = (medians[1] - medians[0]) / (counts[1] - counts[0])
        more, longer = counts[1] - counts[0], medians[1] - medians[0]
        print(f"{name + ', slope':24}{more:>10}{longer:>10.2f}{1 / slope:>12.0f}   start-up {medians[0] - slope * counts[0]:.2f} s")
    print(f"largest process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
