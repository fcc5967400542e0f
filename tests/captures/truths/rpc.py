"""ONC RPC: xid, program and procedure of the calls, xid of the replies."""

from __future__ import annotations

from typing import Any

DISSECTOR = "rpc"
LISTED = {"pcpp__ip4_fragments.pcap udp 0 response": "ours: answers to calls before the capture, which tshark does not take for RPC"}
PROGRAMS = {"portmap": 100000, "nfs": 100003, "mount": 100005, "nlockmgr": 100021, "status": 100024, "nfsacl": 100227}


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "rpc"]
    calls = [(body["xid"], PROGRAMS.get(body["program"], body["program"]), body["procedure"]) for body in bodies if "procedure" in body]
    return [(xid, int(program), procedure) for xid, program, procedure in calls], sorted(body["xid"] for body in bodies if "status" in body)


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    calls, replies = [], []
    for one in messages["rpc"]:
        xid = int(one["xid"], 16)
        if one["msgtype"] == "0":
            calls.append((xid, int(one["program"]), int(one["proc"])))
        else:
            replies.append(xid)
    return calls, sorted(replies)
