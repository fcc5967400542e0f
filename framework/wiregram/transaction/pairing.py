"""Which exchange a message belongs to: the open exchanges, by order and by key. It raises no event and logs nothing."""

from __future__ import annotations

from collections import deque
from typing import Any

from wiregram.transaction.exchange import REQUEST, RESPONSE, Exchange
from wiregram.transaction.tables import KEY, ORDER, Tables


class Pairing:
    """`open` are the exchanges that have not ended, oldest first. `queues[initiator]` are those whose response side is not done, in
    order-pairing, the places of given-up ones among them; `keyed[initiator]` the open ones by key."""

    __slots__ = ("_by_key", "_by_order", "_most", "_serial", "keyed", "open", "queues")

    def __init__(self, tables: Tables) -> None:
        self._by_order = tables.pairing == ORDER
        self._by_key = tables.pairing == KEY
        self._most = 2 * tables.limits.open + 16
        self._serial = 0
        self.open: dict[int, Exchange] = {}
        self.queues: tuple[deque[Exchange], ...] = (deque(), deque()) if self._by_order else ()  # an empty deque is 600 octets
        self.keyed: tuple[dict[Any, list[Exchange]], dict[Any, list[Exchange]]] = ({}, {})

    def add(self, exchange: Exchange) -> None:
        """An exchange opens."""
        exchange.opened = True
        exchange.serial = serial = self._serial
        self._serial = serial + 1
        self.open[serial] = exchange
        if exchange.done[RESPONSE]:
            return
        if self._by_order:
            if not exchange.done[REQUEST]:
                queue = self.queues[exchange.initiator]
                queue.append(exchange)
                if len(queue) > self._most:
                    queue.popleft()
        elif self._by_key and exchange.key is not None:
            self.keyed[exchange.initiator].setdefault(exchange.key, []).append(exchange)

    def oldest(self, initiator: int, mark: int) -> Exchange | None:
        """The oldest exchange of `initiator` whose response side is not done. A response with `mark` answers none that its sender had not seen."""
        if self._by_order:
            queue = self.queues[initiator]
            found = queue[0] if queue else None
            return None if found is None or 0 <= mark <= found.offset else found
        for exchange in self.open.values():
            if exchange.initiator == initiator and not exchange.done[RESPONSE] and not exchange.greeting:
                return None if 0 <= mark <= exchange.offset else exchange
        return None

    def of_key(self, initiator: int, key: Any, mark: int) -> Exchange | None:
        """The oldest open exchange with that key whose response side is not done."""
        for exchange in self.keyed[initiator].get(key, ()):
            if not exchange.done[RESPONSE]:
                return None if 0 <= mark <= exchange.offset else exchange
        return None

    def reentered(self, initiator: int, key: Any) -> Exchange | None:
        """The oldest open exchange with that key whose request side stands in `start` again."""
        candidates = self.open.values() if key is None else self.keyed[initiator].get(key, ())
        for exchange in candidates:
            if exchange.reentered and exchange.initiator == initiator and exchange.key == key:
                return exchange
        return None

    def answered(self, exchange: Exchange) -> None:
        """Its response side is done: its place is free."""
        if self._by_order:
            queue = self.queues[exchange.initiator]
            if queue and queue[0] is exchange:
                queue.popleft()
            elif exchange in queue:
                queue.remove(exchange)

    def close(self, exchange: Exchange) -> None:
        """It has ended."""
        self.open.pop(exchange.serial, None)
        if exchange.key is not None:
            keyed = self.keyed[exchange.initiator]
            same = keyed.get(exchange.key)
            if same is not None and exchange in same:
                same.remove(exchange)
                if not same:
                    del keyed[exchange.key]

    def renew(self) -> None:
        """Nobody knows what is missing: the queues start anew."""
        for queue in self.queues:
            queue.clear()
