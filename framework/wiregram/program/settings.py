"""Settings of an engine, apart from any description: bounds, time-outs, what to write."""

from __future__ import annotations

from typing import Literal

import msgspec

SECOND = 1_000_000_000


class EngineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Counts and octets; time-outs in seconds of packet time."""

    max_flows: int = 262_144
    reassembly_memory: int = 64 << 20
    reassembly_flow: int = 1 << 20
    fragment_memory: int = 4 << 20
    fragment_timeout: float = 30.0
    timeout_new: float = 60.0
    timeout_established: float = 600.0
    timeout_closed: float = 10.0
    timeout_udp: float = 300.0
    detection_limit: int = 100_000
    bail_out: Literal["current", "older"] = "current"
    acknowledged: bool = False


class ProtocolOutputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What sinks do differently with one protocol's records; None: as with all."""

    show_secrets: bool | None = None
    types: tuple[str, ...] | None = None
    name: str = ""
    text: int | None = None


class OutputSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    show_secrets: bool = False
    community_id: bool = False
    community_id_seed: int = 0
    types: tuple[str, ...] = ()
    text: int = 0
    protocols: dict[str, ProtocolOutputs] = {}

    @property
    def names(self) -> dict[str, str]:
        """What `app_proto` calls the protocols that have another name there."""
        return {protocol: own.name for protocol, own in self.protocols.items() if own.name}

    def of(self, protocol: str) -> OutputSettings:
        """The settings for one protocol's records."""
        own = self.protocols.get(protocol)
        if own is None:
            return self
        secrets = self.show_secrets if own.show_secrets is None else own.show_secrets
        text = self.text if own.text is None else own.text
        return msgspec.structs.replace(self, show_secrets=secrets, types=self.types if own.types is None else own.types, text=text, protocols={})


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`protocols` overlays ports, mode, limits and constants: {"pop3": {"tcp": [...], "mode": ..., "limits": {...}, "define": {...}}}."""

    engine: EngineSettings = EngineSettings()
    outputs: OutputSettings = OutputSettings()
    protocols: dict[str, dict[str, object]] = {}
