"""What our records say and what tshark saw, a protocol a file, in one comparable form. A file is named after the protocol of the description and has

- `DISSECTOR`: tshark's name, under which a stream has its messages;
- `ours(records)`: requests and responses, from the flow's transaction records `(protocol, tx_id, body)`, with secrets shown and bytes as text;
- `theirs(messages, client)`: the same from tshark's `messages` (dissector -> list); `client` is the `dir` whose bytes are requests;
- if needed, `same(mine, other)` instead of equality, `MIDSTREAM = True` (streams without a SYN count too), `LEAST` (how many
  messages there are at least, 20 if it is not said), and `LISTED`: what differs and stays,
  place (`CAPTURE tcp|udp STREAM request|response`, or its beginning) -> who is right and why.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def truths() -> dict[str, ModuleType]:
    """Protocol -> its comparison, in the order of their names."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        spec = importlib.util.spec_from_file_location(f"truths_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found[path.stem] = module
    return found
