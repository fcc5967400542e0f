"""Any code over any values: nothing raises, plain values are plain, both links agree."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from wiregram.expression import Scope, hashable, link, reveal
from wiregram.expression.operators import BINARY
from wiregram.expression.values import holds_secret
from wiregram.model.record import Secret
from wiregram.program.expression import Code, Extent, Xor
from wiregram.program.functions import FIELD, FUNCTIONS, SIDE

OPAQUE = (Extent, Xor)
KINDS = (int, float, bool, bytes, list, dict, *OPAQUE)
TEXTS = st.one_of(st.binary(max_size=12), st.sampled_from([b"name", b"a, B", b"x; name*0*=a'b'%41; name=\"\\", b"-12", b"YWI=", b"\r\n", bytes(16)]))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70),
    st.integers(),
    st.floats(allow_nan=False),
    TEXTS,
    st.sampled_from([1 << 63, 1 << 70, -(1 << 5000), 1e308]),
)
DATA = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(("name", "value", "1")), inner, max_size=3), st.builds(Secret, inner)
    ),
    max_leaves=8,
)  # fmt: skip
STRUCTS = st.dictionaries(st.sampled_from("abc"), DATA, max_size=3)
SCOPES = st.builds(
    Scope, own=STRUCTS, request=STRUCTS, tx=STRUCTS, item=STRUCTS, this=st.none() | STRUCTS, side=st.just(b"request"), other=st.none() | TEXTS,
    count=st.sampled_from([lambda what, side: None, lambda what, side: len(what + side)]),
)  # fmt: skip
PLAIN = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(("name", "1", "4")), inner, max_size=2), max_leaves=4
)
LEAF_CODES = st.one_of(
    st.tuples(st.just("const"), PLAIN),
    st.tuples(st.sampled_from(("own", "request", "response", "tx", "item", "session", "flow")), st.sampled_from("abc")),
    st.sampled_from([("this",), ("side",), ("other",), ("verdict",), ("octets", "own"), ("body", "this")]),
)


def _call(inner: st.SearchStrategy[Code]) -> st.SearchStrategy[Code]:
    calls: list[st.SearchStrategy[Any]] = []
    for function in FUNCTIONS.values():
        if function.parameters and function.parameters[0].kinds == (SIDE,):
            continue
        field = st.tuples(st.just("const"), st.sampled_from([b"name", b"value"]))
        for count in range(function.least, len(function.parameters) + 1):
            args = [field if parameter.kinds == (FIELD,) else inner for parameter in function.parameters[:count]]
            calls.append(st.tuples(st.just("call"), st.just(function.name), *args))
    return st.one_of(calls)


def _deeper(inner: st.SearchStrategy[Code]) -> st.SearchStrategy[Code]:
    end = st.none() | inner
    return st.one_of(
        st.tuples(st.sampled_from(sorted(BINARY)), inner, inner),
        st.tuples(st.sampled_from(("and", "or", "index")), inner, inner),
        st.tuples(st.sampled_from(("not", "neg")), inner),
        st.tuples(st.just("if"), inner, inner, inner),
        st.tuples(st.just("slice"), inner, end, end),
        st.tuples(st.just("attr"), inner, st.sampled_from(("name", "value", "1"))),
        st.lists(inner, max_size=3).map(lambda codes: ("list", *codes)),
        _call(inner),
    )


CODES: st.SearchStrategy[Code] = st.recursive(LEAF_CODES, _deeper, max_leaves=8)


def _comparable(value: Any) -> Any:
    return (value.kind, value.delimiters) if isinstance(value, Extent) else value.key if isinstance(value, Xor) else value


@settings(max_examples=400, deadline=None)
@given(CODES, SCOPES)
def test_any_code_over_any_scope_gives_a_value_or_nothing(code: Code, scope: Scope) -> None:
    plain = link(code)(scope)
    assert plain is None or type(plain) in KINDS
    assert not holds_secret(plain)
    tainted = link(code, True)(scope)
    assert tainted is None or type(tainted) in (*KINDS, Secret)
    if not any(isinstance(part, OPAQUE) for part in (plain, tainted)) and "expression." not in repr(plain):
        assert repr(reveal(tainted)) == repr(plain)
    else:
        assert _comparable(plain) == _comparable(tainted) or isinstance(plain, (list, dict))
    hashable(plain)


@settings(max_examples=200, deadline=None)
@given(_call(st.tuples(st.just("own"), st.sampled_from("abc"))), SCOPES)
def test_any_function_of_any_values_gives_a_value_or_nothing(code: Code, scope: Scope) -> None:
    found = link(code)(scope)
    assert found is None or type(found) in KINDS


@settings(max_examples=200, deadline=None)
@given(CODES, st.builds(Scope, own=st.dictionaries(st.sampled_from("abc"), PLAIN)))
def test_without_secrets_nothing_is_secret(code: Code, scope: Scope) -> None:
    assert not holds_secret(link(code, True)(scope))
