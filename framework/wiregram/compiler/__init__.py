"""Manifest and grammars -> one immutable `Library`, or every problem at once. Every rejection happens here, never during a capture."""

from wiregram.compiler.library import check, compile_library, examine, load, protocol_lines, record_schema, report
from wiregram.compiler.lines import Lines, count_lines

__all__ = ["Lines", "check", "compile_library", "count_lines", "examine", "load", "protocol_lines", "record_schema", "report"]
