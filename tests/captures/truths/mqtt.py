"""MQTT packets: type, packet identifier, topic and QoS of a publish, client of a connect. Those that begin a transaction count in order, then
all others."""

from __future__ import annotations

from typing import Any

DISSECTOR = "mqtt"
LISTED = {"arkime__mqtt_big.pcap tcp 0 request": "ours: one began earlier, and the other side's lies between its pieces"}
TYPES = ("", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp", "subscribe", "suback", "unsubscribe", "unsuback", "pingreq",
    "pingresp", "disconnect", "auth")  # fmt: skip
OPENERS = ("connect", "publish", "subscribe", "unsubscribe", "pingreq", "disconnect", "auth")


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "mqtt"]
    found = [(kind, *said(kind, packet)) for body in bodies for kind, packet in body.items()]
    return parted(found)


def parted(found: list[Any]) -> tuple[list[Any], list[Any]]:
    return [one for one in found if one[0] in OPENERS], sorted((one for one in found if one[0] not in OPENERS), key=repr)


def said(kind: str, packet: dict[str, Any]) -> tuple[Any, ...]:
    return packet.get("message_id"), packet.get("topic") if kind == "publish" else packet.get("client_id"), packet["qos"] if kind == "publish" else 0


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    found = []
    for one in messages["mqtt"]:
        kind = TYPES[int(one["msgtype"])]
        number = int(one["msgid"]) if "msgid" in one else None
        published = kind == "publish"
        found.append((kind, number, one.get("topic") if published else one.get("clientid"), int(one.get("qos", 0)) if published else 0))
    return parted(found)
