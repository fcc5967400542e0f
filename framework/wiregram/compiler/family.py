"""The descriptions that share names: who feeds which layer, who expects which protocol. Makes their drafts, and settles variables' types together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from wiregram.compiler.draft import Draft, Scope, merged
from wiregram.compiler.grammars import Shelf, gather
from wiregram.manifest.description import Description, Feed
from wiregram.model.errors import Problem
from wiregram.program.protocol import REQUEST, RESPONSE

_PASSES = 6


class Family:
    """`descriptions` are all that can be named; drafts are made as they are asked for."""

    def __init__(self, descriptions: Mapping[str, Description], shelf: Shelf) -> None:
        self.descriptions = {name: _settled(description, descriptions) for name, description in descriptions.items()}
        self.shelf = shelf
        self._drafts: dict[str, Draft | None] = {}
        self._problems: dict[str, list[Problem]] = {}
        self._settled: set[str] = set()
        self._feeders: dict[str, list[tuple[str, int, Feed]]] = {}
        self._announcers: dict[str, list[str]] = {}
        for name, description in self.descriptions.items():
            for side, feed in feeds(description):
                self._feeders.setdefault(feed.layer.text, []).append((name, side, feed))
            for protocol in announced(description):
                self._announcers.setdefault(protocol, []).append(name)

    def draft(self, name: str) -> Draft | None:
        """The draft of `name`; None where its grammar cannot be read (`problems` says why)."""
        if name not in self._drafts:
            problems = self._problems[name] = []
            sources = gather(self.descriptions[name], self.shelf, problems)
            draft = None if sources is None else Draft(self.descriptions[name], sources, self)
            if draft is not None:
                draft.problems += problems
            self._drafts[name] = draft
        return self._drafts[name]

    def problems(self, name: str) -> list[Problem]:
        """Why there is no draft."""
        self.draft(name)
        return self._problems[name]

    def settle(self, name: str) -> None:
        """Find the types of all variables that `name` shares with others."""
        if name in self._settled:
            return
        related = sorted(self.relatives([name]))
        drafts = [draft for each in related if (draft := self.draft(each)) is not None]
        for _ in range(_PASSES):
            changed = [draft.infer() for draft in drafts]
            if not any(changed):
                break
        self._settled.update(related)

    # ---- who is related to whom

    def relatives(self, names: Iterable[str]) -> set[str]:
        """`names` and all whose compiling depends on one another."""
        found: set[str] = set()
        waiting = list(names)
        links = self._links()
        while waiting:
            name = waiting.pop()
            if name not in found and name in self.descriptions:
                found.add(name)
                waiting += links.get(name, ())
        return found

    def _links(self) -> dict[str, set[str]]:
        links: dict[str, set[str]] = {}
        for other, names in (*((layer, [name for name, _, _ in found]) for layer, found in self._feeders.items()), *self._announcers.items()):
            for name in names:
                links.setdefault(name, set()).add(other)
                links.setdefault(other, set()).add(name)
        return links

    def feeders(self, layer: str) -> list[tuple[str, int, Feed]]:
        """Who feeds `layer`, on which side."""
        return self._feeders.get(layer, [])

    def _over(self, name: str, seen: set[str]) -> Iterator[tuple[Draft, bool]]:
        """The drafts above a layer, and whether they share their transactions with it."""
        for feeder, _, feed in self.feeders(name):
            if feeder not in seen:
                seen.add(feeder)
                draft = self.draft(feeder)
                if draft is not None:
                    yield draft, feed.scope != "flow"
                    yield from ((each, shared and feed.scope != "flow") for each, shared in self._over(feeder, seen))

    def _under(self, description: Description, seen: set[str]) -> Iterator[tuple[Draft, bool]]:
        """The same for the layers below."""
        for _, feed in feeds(description):
            name = feed.layer.text
            if name not in seen and name in self.descriptions:
                seen.add(name)
                draft = self.draft(name)
                if draft is not None:
                    yield draft, feed.scope != "flow"
                    yield from ((each, shared and feed.scope != "flow") for each, shared in self._under(draft.description, seen))

    def shared(self, draft: Draft) -> tuple[Scope, Scope]:
        """The variables of the transaction and of the flow that `draft` sees: its own, and those of what feeds it and of what it feeds."""
        tx, session = dict(draft.tx), dict(draft.session)
        name = draft.description.name
        for other, same in (*self._over(name, {name}), *self._under(draft.description, {name})):
            session = merged(session, other.session)
            if same:
                tx = merged(tx, other.tx)
        return tx, session

    def layers(self, draft: Draft, side: int) -> dict[str, Draft | None]:
        """The layers whose fields that side shows, by name; None where one cannot be read."""
        found: dict[str, Draft | None] = {}
        for where, feed in feeds(draft.description):
            name = feed.layer.text
            if where == side and feed.scope != "flow" and name in self.descriptions:
                found[name] = self.draft(name)
        return found

    def parents(self, name: str) -> Scope | None:
        """The session variables of the flows that announce protocol `name`; None where nothing does."""
        found: Scope | None = None
        for other in self._announcers.get(name, ()):
            draft = self.draft(other)
            found = merged(found or {}, {} if draft is None else self.shared(draft)[1])
        return found


def feeds(description: Description) -> Iterator[tuple[int, Feed]]:
    """Every (side, feed) of a description."""
    for side in (REQUEST, RESPONSE):
        for state in description.sides[side].states:
            if state.feed is not None:
                yield side, state.feed


def announced(description: Description) -> list[str]:
    """The protocols whose flows a description expects."""
    transitions = (each for side in description.sides for state in side.states for each in state.next)
    return list(dict.fromkeys(each.expect.protocol.text for each in transitions if each.expect))


def _settled(description: Description, descriptions: Mapping[str, Description]) -> Description:
    """A layer of a transaction is one exchange, which both of its sides share, as a flow with `by = "flow"` is."""
    if not description.layer or description.pair.told:
        return description
    whole = any(feed.layer.text == description.name and feed.scope == "flow" for each in descriptions.values() for _, feed in feeds(each))
    if whole:
        return description
    return msgspec.structs.replace(description, pair=msgspec.structs.replace(description.pair, by="flow"))
