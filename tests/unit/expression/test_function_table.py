"""The table of functions and their bodies say the same."""

import inspect

import pytest

from wiregram.expression.functions import BODIES
from wiregram.program.functions import FUNCTIONS, SIDE, Function

LINKED = {"present", "default"}


def test_every_function_has_a_body_and_every_body_a_function() -> None:
    counted = {function.name for function in FUNCTIONS.values() if function.parameters and function.parameters[0].kinds == (SIDE,)}
    assert counted == {"octets", "body"}
    assert set(BODIES) | LINKED | counted == set(FUNCTIONS)


@pytest.mark.parametrize("function", [function for function in FUNCTIONS.values() if function.name in BODIES], ids=lambda function: function.name)
def test_a_body_takes_what_the_table_says(function: Function) -> None:
    parameters = inspect.signature(BODIES[function.name]).parameters.values()
    assert len(parameters) == function.most
    assert sum(parameter.default is inspect.Parameter.empty for parameter in parameters) == function.least


def test_signatures_are_shown_as_the_manual_writes_them() -> None:
    assert FUNCTIONS["split"].signature == "split(x, sep [, max])"
    assert FUNCTIONS["default"].signature == "default(x, y, ...)"
    assert FUNCTIONS["dotted"].signature == "dotted()"
    assert all(function.meaning and not function.meaning.endswith(".") for function in FUNCTIONS.values())


def test_joined_text_has_a_bound() -> None:
    most = 1 << 20
    assert BODIES["join"]([b"x" * most], b"") == b"x" * most
    assert BODIES["join"]([b"x" * most, b""], b"-") is None
