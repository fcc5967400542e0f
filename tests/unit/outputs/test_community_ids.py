"""Community IDs beside the published ones: the specification's README and baseline, and Suricata's own (its test nfs3-01, seed 1234)."""

import ipaddress

import pytest

from wiregram.model.packet import TCP, UDP
from wiregram.outputs.community import community_id

VECTORS = [
    (TCP, "128.232.110.120", 34855, "66.35.250.204", 80, 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (TCP, "128.232.110.120", 34855, "66.35.250.204", 80, 1, "1:3V71V58M3Ksw/yuFALMcW0LAHvc="),
    (UDP, "192.168.1.52", 54585, "8.8.8.8", 53, 0, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    (UDP, "192.168.1.52", 54585, "8.8.8.8", 53, 1, "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="),
    (UDP, "139.25.22.2", 1022, "139.25.22.102", 2049, 1234, "1:Vz08QRsy2I1yGIXi37yvHKBnVwM="),
]


@pytest.mark.parametrize(("transport", "source", "source_port", "target", "target_port", "seed", "expected"), VECTORS)
def test_published_ids(transport: int, source: str, source_port: int, target: str, target_port: int, seed: int, expected: str) -> None:
    one, other = ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed
    assert community_id(transport, one, source_port, other, target_port, seed) == expected
    assert community_id(transport, other, target_port, one, source_port, seed) == expected


def test_between_equal_addresses_the_ports_decide() -> None:
    host = bytes((127, 0, 0, 1))
    assert community_id(TCP, host, 5, host, 6) == community_id(TCP, host, 6, host, 5)
    assert community_id(TCP, host, 5, host, 6) != community_id(UDP, host, 5, host, 6)
