"""The built-in events: name, severity and meaning, in one table that the documentation prints. It knows no machine."""

from __future__ import annotations

import msgspec

INFO, WARNING, ERROR = "info", "warning", "error"
SEVERITIES = (INFO, WARNING, ERROR)

PARSER, DETECTION = "proto_parser", "proto_detect"


class BuiltIn(msgspec.Struct, frozen=True):
    """One event that the framework itself raises; `layer` is the room's name in an anomaly record."""

    name: str
    severity: str
    meaning: str
    layer: str = PARSER


_TABLE = (
    BuiltIn("gap", WARNING, "octets of the stream are missing from the capture"),
    BuiltIn("truncated", WARNING, "a message or raw bytes were cut by a gap or by the end"),
    BuiltIn("parse_error", ERROR, "a message does not match; the offset is that of the octet that does not fit"),
    BuiltIn("unexpected_message", WARNING, "no guard of the state holds after this item, or the length of its bytes is absent"),
    BuiltIn("response_without_request", WARNING, "a response that no open exchange asked for"),
    BuiltIn("request_without_response", WARNING, "no answer came within the time, or before the end"),
    BuiltIn("late_response", INFO, "an answer to a request that was given up"),
    BuiltIn("too_long", ERROR, "a message is longer than limits.message"),
    BuiltIn("cut", INFO, "a field or a list is longer than limits.field or limits.list: its beginning is kept, the rest counted"),
    BuiltIn("held_too_long", WARNING, "more than limits.held octets waited for the other side, which no longer decides"),
    BuiltIn("too_complex", ERROR, "a message took more visits than limits.work allows"),
    BuiltIn("bad_coding", WARNING, "octets that the coding does not allow; it is given up"),
    BuiltIn("ambiguous_end", WARNING, "a lone dot stands between line ends of the other kind, where peers disagree on whether it ends the text"),
    BuiltIn("depth_reached", INFO, "limits.depth octets of a direction were parsed; the rest is only counted"),
    BuiltIn("too_many_errors", ERROR, "too many errors, or nothing tells where the next message begins; the direction is given up"),
    BuiltIn("too_many_transactions", WARNING, "more than limits.open open transactions; the oldest were completed (raised once a flow)"),
    BuiltIn("trailing_data", WARNING, "bytes behind the last message of a datagram are no message"),
    BuiltIn("one_sided", INFO, "one direction of the flow is not in the capture"),
    BuiltIn("mismatch_protocol_both_directions", WARNING, "the two directions speak different protocols", DETECTION),
    BuiltIn("wrong_direction_first_data", WARNING, "the side that should wait spoke first", DETECTION),
    BuiltIn("detect_protocol_only_one_direction", INFO, "only one direction was recognised", DETECTION),
    BuiltIn("proto_detection_skipped", INFO, "the stream began with a gap or grew past the bound before it was recognised", DETECTION),
    BuiltIn("unexpected_protocol", WARNING, "an upgrade or an expected flow turned out to be another protocol", DETECTION),
)

BUILT_IN: dict[str, BuiltIn] = {entry.name: entry for entry in _TABLE}
"""By name, in the manifest's order."""
