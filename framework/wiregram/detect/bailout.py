"""When detection has waited long enough: both sides' progress and sizes against a limit for each. Decides no protocol.

`current` lets the limit grow with the receiver's window; `older` is the rule that came before it, with one limit and less to say."""

from __future__ import annotations

from collections.abc import Callable

from wiregram.detect.side import Side

Answer = tuple[str, bool] | None
"""Why it ends and whether bytes were left that nobody looked at; None: it goes on."""

BOTH_DONE = ("both sides are done", False)
ONE_SILENT = ("one side is done, the other says nothing", True)
ONLY_PATTERNS = ("one side is done, and only patterns are left of the other", True)
TOO_MANY = ("too many bytes without an answer", True)
SERVER_ONLY = ("too many bytes of the server's side without an answer", True)


def current(client: Side, server: Side, limits: tuple[int, int]) -> Answer:
    """Both done; either with more than twice its limit; one done and past its limit while the other is empty, or has only patterns left."""
    done = (client.done(), server.done())
    if done[0] and done[1]:
        return BOTH_DONE
    if client.seen > 2 * limits[0] or server.seen > 2 * limits[1]:
        return TOO_MANY
    return _one_sided(client, server, limits, done)


def older(client: Side, server: Side, limits: tuple[int, int]) -> Answer:
    """Both done; one done and past the limit while the other is empty, or has only patterns left; the server's past it and undecided in all, while
    the client's has only patterns left."""
    done = (client.done(), server.done())
    if done[0] and done[1]:
        return BOTH_DONE
    answer = _one_sided(client, server, limits, done)
    if answer is None and server.seen > limits[1] and not server.patterns_done() and not server.probes_done() and _only_patterns(client):
        return SERVER_ONLY
    return answer


def _one_sided(client: Side, server: Side, limits: tuple[int, int], done: tuple[bool, bool]) -> Answer:
    for ended, side, limit, other in ((done[0], client, limits[0], server), (done[1], server, limits[1], client)):
        if ended and side.seen > limit:
            if not other.seen:
                return ONE_SILENT
            if _only_patterns(other):
                return ONLY_PATTERNS
    return None


def _only_patterns(side: Side) -> bool:
    return side.probes_done() and not side.patterns_done()


PRESETS: dict[str, Callable[[Side, Side, tuple[int, int]], Answer]] = {"current": current, "older": older}
