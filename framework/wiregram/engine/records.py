"""Records from what the rooms hand over: transactions, events, flows, statistics. The shapes are Suricata's EVE, with what it lacks beside it."""

from __future__ import annotations

from functools import lru_cache
from time import gmtime
from typing import Any

from wiregram.model.flow import Account, Flow
from wiregram.model.outcome import Done, Event, Filed
from wiregram.model.packet import ACK, CWR, DIRECTIONS, ECE, FIN, PSH, RST, SYN, TCP, URG
from wiregram.model.record import ANOMALY, FILE, FLOW, STATS, TRANSACTION, Ends, Record

SECOND = 1_000_000_000
LAST_SECOND = 253_402_300_799  # of the year 9999
FLAGS = (("syn", SYN), ("fin", FIN), ("rst", RST), ("psh", PSH), ("ack", ACK), ("urg", URG), ("ecn", ECE), ("cwr", CWR))
NOT_FOUND = "failed"
LAYERS = {"stream": "stream", "decode": "decode"}


def iso(time: int) -> str:
    """A time in ns since 1970 as EVE writes it, in microseconds."""
    seconds, rest = divmod(time, SECOND)
    return f"{_second(seconds)}.{rest // 1000:06d}+0000"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    day = gmtime(min(max(seconds, 0), LAST_SECOND))
    return f"{day[0]:04d}-{day[1]:02d}-{day[2]:02d}T{day[3]:02d}:{day[4]:02d}:{day[5]:02d}"


def ends(flow: Flow) -> Ends:
    """The flow's ends, the client as source."""
    return Ends(flow.id, flow.transport, flow.client, flow.client_port, flow.server, flow.server_port, flow.vlan)


def transaction(flow: Flow, done: Done) -> Record:
    return Record(
        TRANSACTION, done.name, done.time, done.number, flow.capture, ends(flow), done.tx_id, done.protocol, *_protocols(flow),
        sections={done.name: done.body}, summary={"status": done.status, **done.summary},
    )  # fmt: skip


def file(flow: Flow, filed: Filed) -> Record:
    """A file that has ended; the source is its sender."""
    made = ends(flow)
    if filed.direction:
        made = Ends(made.flow_id, made.transport, made.target, made.target_port, made.source, made.source_port, made.vlan)
    section = dict(filed.info)
    if filed.tx_id is not None:
        section["tx_id"] = filed.tx_id
    sections = {filed.name: filed.body, FILE: section} if filed.body else {FILE: section}
    return Record(FILE, FILE, filed.time, filed.number, flow.capture, made, None, filed.protocol, *_protocols(flow), sections=sections)


def anomaly(flow: Flow | None, protocol: str, event: Event, capture: str = "") -> Record:
    """`flow` None: the event belongs to a packet of no flow."""
    kind = LAYERS.get(event.layer, "applayer")
    section: dict[str, Any] = {}
    if protocol and kind == "applayer":
        section["app_proto"] = protocol
    section["type"] = kind
    section["event"] = event.name
    if kind == "applayer":
        section["layer"] = event.layer
    section["severity"] = event.severity
    if flow is not None:
        section["direction"] = DIRECTIONS[event.direction]
    if event.inside:
        section["inside"] = event.inside
    if event.offset >= 0:
        section["offset"] = event.offset
    if event.expected:
        section["expected"] = event.expected
    if flow is None:
        return Record(ANOMALY, ANOMALY, event.time, event.number, capture, sections={ANOMALY: section})
    return Record(
        ANOMALY, ANOMALY, event.time, event.number, flow.capture, ends(flow), event.tx_id, protocol, *_protocols(flow), sections={ANOMALY: section}
    )


def flow_ended(flow: Flow) -> Record:
    """The flow's own record, at its end."""
    section: dict[str, Any] = {
        "pkts_toserver": flow.packets[0],
        "pkts_toclient": flow.packets[1],
        "bytes_toserver": flow.octets[0],
        "bytes_toclient": flow.octets[1],
        "start": iso(flow.first_time),
        "end": iso(flow.last_time),
        "age": max(0, flow.last_time // SECOND - flow.first_time // SECOND),
        "state": flow.state,
        "reason": flow.reason,
        "alerted": False,  # there are no rules here; readers of EVE ask for it
        "tx_cnt": flow.transactions,
        "accounts": {DIRECTIONS[0]: _account(flow.accounts[0]), DIRECTIONS[1]: _account(flow.accounts[1])},
    }
    if flow.detection is not None:
        section["detection"] = flow.detection
    sections = {"flow": section}
    if flow.transport == TCP:
        sections["tcp"] = _tcp(flow)
    return Record(FLOW, FLOW, flow.last_time, 0, flow.capture, ends(flow), None, flow.protocol or NOT_FOUND, *_protocols(flow), sections=sections)


def stats(time: int, capture: str, counters: dict[str, Any]) -> Record:
    return Record(STATS, STATS, time, 0, capture, sections={STATS: counters})


def _protocols(flow: Flow) -> tuple[tuple[str, str], str, str]:
    """The sides' own verdicts, the protocol before an upgrade and the expected one."""
    one, two = flow.protocol_sides
    return (one, two), flow.old_protocol, flow.expected_protocol


def _account(account: Account) -> dict[str, int]:
    return {
        "parsed": account.parsed,
        "skipped": account.skipped,
        "gap": account.gap,
        "beyond_depth": account.beyond_depth,
        "opaque": account.opaque,
        "undetected": account.undetected,
    }


def _tcp(flow: Flow) -> dict[str, Any]:
    to_server, to_client = flow.flags
    both = to_server | to_client
    section: dict[str, Any] = {"tcp_flags": f"{both:02x}", "tcp_flags_ts": f"{to_server:02x}", "tcp_flags_tc": f"{to_client:02x}"}
    for name, bit in FLAGS:
        if both & bit:
            section[name] = True
    section["state"] = _tcp_state(flow)
    for name, account in (("ts_gap", flow.accounts[0]), ("tc_gap", flow.accounts[1])):
        if account.gap:
            section[name] = True
    return section


def _tcp_state(flow: Flow) -> str:
    if flow.state == "new" and flow.flags[0] & SYN:
        return "syn_recv" if flow.flags[1] & SYN else "syn_sent"
    return flow.state
