"""Shrinking a plan: as little as still fails, within so many trials."""

from __future__ import annotations

from wiregram_harness.plan import Flow, Message, Operation, Plan, Turn
from wiregram_harness.shrink import shrink


def big() -> Plan:
    turns = [Turn(at % 2, [Message(bytes(range(40))), Message(b"x" * at)], [3, 5, 9, 20]) for at in range(8)]
    return Plan("any", [Flow("tcp", 1, turns, [Operation("repeat", 1, 1)] * 3, isn=(0, 0), ending="nothing"), Flow("tcp", 2, turns)])


def test_only_what_matters_is_left() -> None:
    def fails(plan: Plan) -> bool:
        return any(b"\x07" in turn.data and turn.direction == 1 and 5 in turn.cuts for flow in plan.flows for turn in flow.turns)

    assert shrink(big(), fails) == Plan("any", [Flow("tcp", 1, [Turn(1, [Message(b"\x07")], [5])])]) or shrink(big(), fails) == Plan(
        "any", [Flow("tcp", 2, [Turn(1, [Message(b"\x07")], [5])])]
    )


def test_operations_that_matter_stay() -> None:
    found = shrink(big(), lambda plan: any(flow.operations for flow in plan.flows))
    assert found == Plan("any", [Flow("tcp", 1, [], [Operation("repeat", 1, 1)])])


def test_trials_are_bounded() -> None:
    tried: list[Plan] = []

    def fails(plan: Plan) -> bool:
        tried.append(plan)
        return False

    assert shrink(big(), fails, tries=50) == big()
    assert len(tried) == 50
