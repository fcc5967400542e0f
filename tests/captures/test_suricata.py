"""The rule-free filters of Suricata's own suite hold over our records, but for those named here with the reason."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import wiregram

spec = importlib.util.spec_from_file_location("suricata", Path(__file__).with_name("suricata.py"))
assert spec is not None
assert spec.loader is not None
suricata = sys.modules["suricata"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(suricata)

REASONS = {
    "tests/dns/v2/dns-tcp-multirequest-buffer": "the older form of DNS records, which says query and answer",
    "tests/dns-over-http2-post": "DNS inside HTTP/2",
}


def test_filters_without_rules_hold(captures: Path) -> None:
    found = suricata.run(captures, ["pop3", "dns", "modbus"], wiregram.load())
    assert len(found) >= 11
    broken = [one for one in found if not one.holds and one.test not in REASONS]
    assert not broken, broken
