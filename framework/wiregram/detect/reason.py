"""Why a flow got its verdict: what decided, what else was in question and lost, and why there is no answer. Decides nothing itself."""

from __future__ import annotations

from typing import Any

from wiregram.detect.matcher import Entry
from wiregram.detect.probes import Trial
from wiregram.detect.side import Side
from wiregram.model.packet import DIRECTIONS
from wiregram.model.parsing import FAILED, MORE

PATTERN, PROBE, EXPECTATION, UPGRADE, FORCED = "pattern", "probe", "expectation", "upgrade", "decode_as"


class Found:
    """What decided: `by` says how, `cause` is the pattern's entry or the trial (None: nothing in the bytes), which took the octets from
    `offset` to `offset + size` of `direction`."""

    __slots__ = ("by", "cause", "direction", "offset", "protocol", "size")

    def __init__(self, protocol: str, by: str, direction: int, offset: int = 0, size: int = 0, cause: Entry | Trial | None = None) -> None:
        self.protocol = protocol
        self.by = by
        self.direction = direction
        self.offset = offset
        self.size = size
        self.cause = cause


def explain(found: Found | None, sides: list[Side], verdict: str, ended: str, agreed: str) -> dict[str, Any]:
    """`by`, `direction`, `offset`, `bytes` and `signature` of what decided, all `candidates`, what was `lost` and why, why it `ended` without an
    answer. `agreed`: EXPECTATION or UPGRADE if the verdict is what was announced; what showed it then stands in `evidence`."""
    reason: dict[str, Any] = {}
    if found is not None:
        reason["by"] = agreed or found.by
        if agreed and found.cause is not None:
            reason["evidence"] = found.by
        reason["direction"] = DIRECTIONS[found.direction]
        reason["offset"] = found.offset
        reason["bytes"] = found.size
        if found.cause is not None:
            reason["signature"] = found.cause.shown()
    lost = [item for direction, side in enumerate(sides) for item in _lost(side, direction, verdict)]
    names = {item["protocol"] for item in lost}
    if found is not None:
        names.add(found.protocol)
    reason["candidates"] = sorted(names)
    reason["lost"] = lost
    reason["ended"] = ended
    return reason


def _lost(side: Side, direction: int, verdict: str) -> list[dict[str, Any]]:
    """What was in question in a direction and did not win."""
    name = DIRECTIONS[direction]
    lost: list[dict[str, Any]] = []

    def add(protocol: str, by: str, cause: Entry | Trial, why: str) -> None:
        if protocol != verdict:
            lost.append({"protocol": protocol, "by": by, "signature": cause.shown(), "direction": name, "why": why})

    def entries(found: list[Entry], why: str) -> None:
        for entry in found:
            add(entry.protocol, PATTERN, entry, why)

    if side.scan is not None:
        entries(side.scan.holding, "a better match won")
        entries(side.scan.refused, "its condition does not hold")
        entries(side.scan.waiting, "its condition is undecided")
    for trial in side.trials or ():
        if trial.outcome == FAILED:
            why = "too few bytes" if trial.short else f"no match at byte {trial.offset}"
        else:
            why = "undecided" if trial.outcome == MORE else "flawed" if trial.flawed else "a better match won"
        add(trial.protocol, PROBE, trial, why)
    return lost
