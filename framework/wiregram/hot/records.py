"""A dict with room for so many fields, which then never grows. The body for plain Python; the one for C stands in records.pxd; this module is not
compiled by itself."""

from __future__ import annotations

from typing import Any


def sized(count: int) -> dict[str, Any]:
    """An empty dict."""
    return {}
