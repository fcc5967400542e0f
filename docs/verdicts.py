"""Writes the table of Construct's names in docs/grammars.md, by compiling a specimen of each: `python docs/verdicts.py`. With --check it only says
whether the table is true."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

import construct

from wiregram.frontends import load
from wiregram.model.errors import ERROR, GrammarError

PAGE = Path(__file__).with_name("grammars.md")
MARK = re.compile(r"(<!-- table: construct -->\n)(.*?)(<!-- end -->)", re.DOTALL)
HEAD = """from zlib import crc32
from construct import *
def _f(data):
    return data
def _bare(kind):
    one = kind.__new__(kind)
    Subconstruct.__init__(one, Byte)
    return one
class _Adapter(Adapter):
    def _decode(self, obj, context, path): return obj
class _Symmetric(SymmetricAdapter):
    def _decode(self, obj, context, path): return obj
class _Validator(Validator):
    def _validate(self, obj, context, path): return True
class _Tunnel(Tunnel):
    def _decode(self, data, context, path): return data
class _Own(Construct):
    def _parse(self, stream, context, path): return 0
class _Within(Subconstruct):
    def _parse(self, stream, context, path): return 0
class _Time(TimestampAdapter):
    def _decode(self, obj, context, path): return obj
def _timestamp():
    from datetime import datetime as moment, timezone
    class epoch:
        datetime = moment(1970, 1, 1, tzinfo=timezone.utc)
        utcoffset = datetime.utcoffset
    unit = 1
    class EpochTimestampAdapter(TimestampAdapter):
        def _decode(self, obj, context, path): return epoch.shift(seconds=obj * unit)
    EpochTimestampAdapter.__qualname__ = "Timestamp.<locals>.EpochTimestampAdapter"
    return EpochTimestampAdapter(Int32ub)
message = Struct("n" / Int8ub, "value" / """
SPECIMENS = {
    "Construct": "_Own()", "Subconstruct": "_Within(Byte)", "Adapter": "_Adapter(Byte)", "SymmetricAdapter": "_Symmetric(Byte)",
    "Validator": "_Validator(Byte)", "Tunnel": "_Tunnel(Byte)", "TimestampAdapter": "_Time(Byte)", "Compiled": "Byte.compile()",
    "Bytes": "Bytes(this.n)", "FormatField": 'FormatField(">", "H")', "BytesInteger": "BytesInteger(3)", "BitsInteger": "Bitwise(BitsInteger(8))",
    "StringEncoded": 'StringEncoded(Bytes(2), "utf-8")', "Enum": "Enum(Byte, a=1)", "FlagsEnum": "FlagsEnum(Byte, a=1)",
    "Mapping": 'Mapping(Byte, {"a": 1})', "Struct": 'Struct("a" / Byte)', "Sequence": "Sequence(Byte, Byte)", "Array": "Array(this.n, Byte)",
    "GreedyRange": "GreedyRange(Byte)", "RepeatUntil": "RepeatUntil(obj_ == 0, Byte)", "Renamed": '("a" / Byte)', "Const": 'Const(b"a")',
    "Computed": "Computed(this.n + 1)", "Rebuild": "Rebuild(Byte, 0)", "Default": "Default(Byte, 0)", "Check": "Check(this.n == 1)",
    "FocusedSeq": 'FocusedSeq("a", "a" / Byte)', "NamedTuple": 'NamedTuple("T", "a b", Byte[2])', "Hex": "Hex(Byte)", "HexDump": "HexDump(Bytes(2))",
    "Union": 'Union(0, "a" / Byte, "b" / Byte)', "Select": "Select(Const(1, Byte), Short)", "IfThenElse": "IfThenElse(this.n == 1, Byte, Short)",
    "Switch": "Switch(this.n, {1: Byte}, default=Short)", "StopIf": "StopIf(this.n == 1)", "Padded": "Padded(4, Byte)", "Aligned": "Aligned(4, Byte)",
    "Pointer": "Pointer(this.n, Byte)", "Peek": "Peek(Byte)", "OffsettedEnd": "OffsettedEnd(-2, GreedyBytes)", "Seek": "Seek(this.n)",
    "RawCopy": "RawCopy(Byte)", "Prefixed": "Prefixed(Byte, GreedyBytes)", "FixedSized": "FixedSized(this.n, GreedyBytes)",
    "NullTerminated": "NullTerminated(GreedyBytes)", "NullStripped": "NullStripped(GreedyBytes)", "RestreamData": 'RestreamData(b"a", Byte)',
    "Transformed": "Transformed(Byte, _f, 1, _f, 1)", "Restreamed": "Restreamed(Byte, _f, 1, _f, 1, _f)", "ProcessXor": "ProcessXor(1, GreedyBytes)",
    "ProcessRotateLeft": "ProcessRotateLeft(1, 1, GreedyBytes)",
    "Checksum": 'FocusedSeq("c", "raw" / RawCopy(Byte), "c" / Checksum(Int32ub, crc32, this.raw.data))',
    "Compressed": 'Compressed(GreedyBytes, "zlib")',
    "CompressedLZ4": "_bare(CompressedLZ4)", "EncryptedSym": "_bare(EncryptedSym)",
    "EncryptedSymAead": "_bare(EncryptedSymAead)", "Rebuffered": "Rebuffered(Byte)", "Lazy": "Lazy(Byte)",
    "LazyStruct": 'LazyStruct("a" / Byte)', "LazyArray": "LazyArray(2, Byte)", "LazyBound": "LazyBound(lambda: Byte)",
    "ExprAdapter": "ExprAdapter(Byte, obj_ + 1, obj_ - 1)", "ExprSymmetricAdapter": "ExprSymmetricAdapter(Byte, obj_ ^ 1)",
    "ExprValidator": "ExprValidator(Byte, obj_ < 8)", "Slicing": "Slicing(Byte[4], 4, 1, 3)",
    "Indexing": "Indexing(Byte[4], 4, 1)", "Probe": "Probe()",
    "Debugger": "Debugger(Byte)",
    "Bitwise": "Bitwise(Octet)", "Bytewise": "Bitwise(Bytewise(Byte))", "PaddedString": 'PaddedString(4, "utf8")',
    "PascalString": 'PascalString(Byte, "utf8")', "CString": 'CString("utf8")', "GreedyString": 'GreedyString("utf8")',
    "Timestamp": "_timestamp()", "Optional": "Optional(Short)", "If": "If(this.n == 1, Byte)", "Padding": "Padding(2)",
    "AlignedStruct": 'AlignedStruct(4, "a" / Byte)', "BitStruct": 'BitStruct("a" / Octet)', "ByteSwapped": "ByteSwapped(Short)",
    "BitsSwapped": "BitsSwapped(Byte)", "PrefixedArray": "PrefixedArray(Byte, Short)", "OneOf": "OneOf(Byte, [1, 2])",
    "NoneOf": "NoneOf(Byte, [1, 2])",
    "Filter": "Filter(obj_ != 0, Byte[2])",
    "Bit": "Bitwise(Array(8, Bit))", "Nibble": "Bitwise(Array(2, Nibble))", "Octet": "Bitwise(Octet)",
}  # fmt: skip
"""A declaration with each name; an object that is not here stands for itself."""


def names() -> dict[str, list[str]]:
    """Construct's public names: its classes, its objects, its functions that make declarations."""
    found = vars(construct)
    declared = construct.Construct
    return {
        "classes": [name for name, one in found.items() if inspect.isclass(one) and issubclass(one, declared)],
        "objects": [name for name, one in found.items() if isinstance(one, declared)],
        "macros": [name for name, one in found.items() if inspect.isfunction(one) and one.__module__ == "construct.core" and name[0].isupper()],
    }


def verdict(name: str) -> tuple[str, str]:
    """What happens to a declaration with this name, and why or what it needs."""
    text = HEAD + SPECIMENS.get(name, name) + ")\n"
    try:
        grammar = load("specimen.py", text)
    except GrammarError as error:
        return "refused", str(error.problems[0].text)
    problems = list(grammar.problems("message"))
    if any(problem.severity == ERROR for problem in problems):
        return "refused", problems[0].suggestion
    report = "\n".join(grammar.report("message"))
    if ": foreign" in report:
        return "foreign", problems[0].suggestion
    if "framed: looks" in report:
        return "framed", "looks back or ahead in the message"
    if "framed: runs" in report:
        return "framed", "runs once its region, datagram or stream has ended"
    return "streams", "decided at the end of its region or stream" if "streams; decided" in report else ""


def table() -> str:
    rows = ["| Construct | verdict | why, or what to write |", "|---|---|---|"]
    for kind, group in names().items():
        for name in sorted(group):
            what, why = verdict(name)
            rows.append(f"| `{name}` ({kind[:-2] if kind == 'classes' else kind[:-1]}) | {what} | {why.replace('|', '/')} |")
    return "\n".join(rows)


def page(text: str) -> str:
    made = table()
    return MARK.sub(lambda found: found[1] + made + "\n" + found[3], text)


def main() -> int:
    old = PAGE.read_text(encoding="utf-8")
    new = page(old)
    if "--check" in sys.argv:
        return int(old != new)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
