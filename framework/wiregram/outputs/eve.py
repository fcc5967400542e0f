"""EVE JSON: one record a line, in Suricata's shape. The header's fields stand in a fixed order, what is absent is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import msgspec

from wiregram.model.packet import TCP, UDP
from wiregram.model.record import Ends, Record
from wiregram.outputs.community import community_id
from wiregram.outputs.values import address, plain, shortened, text, timestamp
from wiregram.program.settings import OutputSettings

PROTOCOLS = {TCP: "TCP", UDP: "UDP"}
PACKET_SOURCE = "wire/pcap"
BUFFER = 1 << 16
"""Octets that are kept before they are written."""
NO_NAMES: Mapping[str, str] = {}


class EveSink:
    """Writes to `stream`, a binary one that others open and close. `settings.types` picks records by family or event type; none: all.
    A protocol may have settings of its own."""

    def __init__(self, stream: IO[bytes], settings: OutputSettings | None = None) -> None:
        self._stream = stream
        self._settings = settings or OutputSettings()
        self._own = {protocol: self._settings.of(protocol) for protocol in self._settings.protocols}
        self._names = self._settings.names
        self._encode = msgspec.json.Encoder().encode
        self._kept = bytearray()

    def write(self, record: Record) -> None:
        settings = self._settings
        if self._own:
            settings = self._own.get(record.protocol, settings)
        types = settings.types
        if types and record.name not in types and record.family not in types:
            return
        kept = self._kept
        kept += self._encode(eve(record, settings, self._names))
        kept += b"\n"
        if len(kept) >= BUFFER:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._stream.flush()

    def _flush(self) -> None:
        kept, self._kept = self._kept, bytearray()
        if kept:
            self._stream.write(kept)


def eve(record: Record, settings: OutputSettings, names: Mapping[str, str] = NO_NAMES) -> dict[str, Any]:
    """The record as an EVE object, its keys in EVE's order. `names`: what protocols are called that have another name there."""
    ends = record.ends
    made: dict[str, Any] = {"timestamp": timestamp(record.time)}
    if ends is not None:
        made["flow_id"] = ends.flow_id
    if record.capture:
        made["pcap_filename"] = plain(record.capture)
    if record.number:
        made["pcap_cnt"] = record.number
    made["event_type"] = record.name
    if ends is not None:
        _add_ends(made, ends)
        if record.number:
            made["pkt_src"] = PACKET_SOURCE
        if settings.community_id:
            made["community_id"] = community_id(
                ends.transport, ends.source, ends.source_port, ends.target, ends.target_port, settings.community_id_seed
            )
    if record.tx_id is not None:
        made["tx_id"] = record.tx_id
    protocol = record.protocol
    if protocol:
        made["app_proto"] = names.get(protocol, protocol)
    to_server, to_client = record.protocol_sides
    if to_server and to_server != protocol:
        made["app_proto_ts"] = names.get(to_server, to_server)
    if to_client and to_client != protocol:
        made["app_proto_tc"] = names.get(to_client, to_client)
    if record.old_protocol and record.old_protocol != protocol:
        made["app_proto_orig"] = names.get(record.old_protocol, record.old_protocol)
    if record.expected_protocol and record.expected_protocol != protocol:
        made["app_proto_expected"] = names.get(record.expected_protocol, record.expected_protocol)
    show_secrets = settings.show_secrets
    for name, section in record.sections.items():
        shown = plain(shortened(section, settings.text) if settings.text else section, show_secrets)
        if shown:
            made[name] = shown
    return made


def _add_ends(made: dict[str, Any], ends: Ends) -> None:
    if ends.vlan:
        made["vlan"] = ends.vlan
    made["src_ip"] = address(ends.source)
    made["src_port"] = ends.source_port
    made["dest_ip"] = address(ends.target)
    made["dest_port"] = ends.target_port
    made["proto"] = PROTOCOLS.get(ends.transport) or text(b"%d" % ends.transport)
    made["ip_v"] = 4 if len(ends.source) == 4 else 6
