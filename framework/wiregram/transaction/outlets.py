"""Where a flow's octets go beside their messages: the outlets of states, the files of the flow, the layers below it.

It knows which outlet belongs to which state of which transaction. It takes no items; what is done with the octets is `outlet`'s business."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from wiregram.expression import hashable
from wiregram.expression.scope import Scope
from wiregram.model.flow import Account, Flow
from wiregram.transaction.coding import Window
from wiregram.transaction.coding import begin as begin_coding
from wiregram.transaction.cursor import Cursor
from wiregram.transaction.exchange import REQUEST, RESPONSE, Exchange, Transaction
from wiregram.transaction.exchanges import Exchanges
from wiregram.transaction.files import File, Waiting
from wiregram.transaction.outlet import Outlet
from wiregram.transaction.shared import Shared
from wiregram.transaction.tables import LinkedOutlet, LinkedState, Tables

if TYPE_CHECKING:
    from wiregram.transaction.layer import Layer, Part

FLUSHED = b"\0\0\xff\xff"
"""How a unit of a DEFLATE stream ends, and what is left out of it (RFC 7692 section 7.2.1)."""
LAYERS = 8
"""Layers within layers; what would be fed to a deeper one is dropped."""


class Outlets(Exchanges):
    """`files` are those that live on between transactions, by key, with the direction of their octets; `streams` the layers that live as long as
    the flow, by name and key; `waiting` is what waits in files, `windows` the DEFLATE streams of the directions."""

    __slots__ = ("files", "streams", "waiting", "windows")

    def __init__(self, tables: Tables, flow: Flow, shared: Shared, accounts: list[Account] | None = None) -> None:
        Exchanges.__init__(self, tables, flow, shared, accounts)
        self.files: dict[Any, File] = {}
        self.waiting: Waiting | None = None
        self.windows: list[Window | None] | None = None
        self.streams: dict[tuple[str, Any], Layer] = {}

    # ---- one item

    def open_outlet(self, cursor: Cursor, state: LinkedState, exchange: Exchange, role: int, scope: Scope) -> Outlet | None:
        """The outlet of the state, ready for the octets of one item; None where the exchange has been given up."""
        form = state.outlet
        if form is None or exchange.ended:
            return None
        home: Transaction = exchange.group or exchange
        outlets = home.outlets
        if outlets is None:
            outlets = home.outlets = {}
        outlet = outlets.get((role, state.number))
        fresh = outlet is None
        if outlet is None:
            outlet = outlets[role, state.number] = Outlet()
        if form.coding is not None and (fresh or form.coding_each):
            outlet.flush()
            window = self._window(cursor.direction) if form.inflate is not None and form.inflate(scope) is True else None
            outlet.windowed = window is not None
            outlet.chain = begin_coding(form.coding(scope), self.limits.decoded, window)
        writes = form.file and (form.when is None or form.when(scope) is True)
        place = -1
        if writes:
            self._open_file(cursor, form, outlet, exchange, scope)
            offset = form.offset(scope) if form.offset is not None else None
            place = offset if offset.__class__ is int and offset >= 0 else -1
        if form.layer:
            self._open_layer(cursor, form, outlet, exchange, role, scope)
        outlet.open_item(self.limits.field if state.keep else 0, writes, place)
        return outlet

    def close_outlet(self, cursor: Cursor, state: LinkedState, outlet: Outlet, exchange: Exchange, role: int, scope: Scope) -> None:
        """The item's octets have all come, and its fields are stored."""
        form = state.outlet
        assert form is not None
        if outlet.windowed:
            self._keep_window(cursor.direction, outlet, form.inflate_end is not None and form.inflate_end(scope) is True)
        if form.coding_each:
            outlet.flush()
        self._tell_fault(outlet, cursor.direction, cursor.start, exchange)
        if form.key is not None and form.ends is not None and form.ends(scope) is True:
            file = self.files.pop(hashable(form.key(scope)), None)
            if file is not None:
                file.awaited = False
                file.close(outlet.ending)
                self.keep_file(file, exchange)
        if form.unit_end is not None and form.unit_end(scope) is True:
            layer = self._layer(form, exchange, scope)
            if layer is not None:
                layer.end_unit(cursor.direction, role)
                self._gather(layer, form)

    def pour_field(self, cursor: Cursor, state: LinkedState, exchange: Exchange, role: int, scope: Scope) -> None:
        """A field of the message goes out. A secret one goes as it is: records do not show what files and layers hold."""
        form = state.outlet
        assert form is not None
        data = exchange.fields[role].get(form.field)
        data = getattr(data, "value", data)
        outlet = self.open_outlet(cursor, state, exchange, role, scope)
        if outlet is not None:
            if data.__class__ is bytes:
                outlet.push(data)
            self.close_outlet(cursor, state, outlet, exchange, role, scope)

    def _window(self, direction: int) -> Window:
        """The DEFLATE stream of a direction, as far as it has come."""
        found = self.windows[direction] if self.windows is not None else None
        return found or Window()

    def _keep_window(self, direction: int, outlet: Outlet, ends: bool) -> None:
        """The octets of one item have gone through the direction's stream. What was lost or does not fit leaves nothing to look back into."""
        outlet.windowed = False
        if self.windows is None:
            self.windows = [None, None]
        chain = outlet.chain
        if chain is not None and ends:
            outlet.supply(FLUSHED)
        last = chain.last if chain is not None and not chain.fault else None
        self.windows[direction] = last if isinstance(last, Window) else None

    def _tell_fault(self, outlet: Outlet, direction: int, offset: int, exchange: Exchange) -> None:
        if outlet.fault and not outlet.told:
            outlet.told = True
            self.event(outlet.fault, direction, offset, exchange)

    # ---- files

    def _open_file(self, cursor: Cursor, form: LinkedOutlet, outlet: Outlet, exchange: Exchange, scope: Scope) -> None:
        key = hashable(form.key(scope)) if form.key is not None else None
        if outlet.keyed != (key is not None):
            outlet.keyed = key is not None
            outlet.file = None
        if key is not None:
            file = self.files.get(key)
            if file is None:
                file = self._begin_file(cursor, form, scope)
                file.awaited = form.ends is not None
                self._remember(key, file, exchange)
            outlet.file = file
            return
        if outlet.file is not None and form.file_each:
            ended = outlet.take_file()
            if ended is not None:
                self.keep_file(ended, exchange)
        if outlet.file is None:
            outlet.file = self._begin_file(cursor, form, scope)

    def _begin_file(self, cursor: Cursor, form: LinkedOutlet, scope: Scope) -> File:
        name = form.name(scope) if form.name is not None else None
        if self.waiting is None:
            self.waiting = Waiting()
        return File(name, cursor.direction, cursor.start, self.shared.store, self.waiting)

    def _remember(self, key: Any, file: File, exchange: Exchange) -> None:
        """A file lives on between transactions; of too many the oldest ends."""
        self.files[key] = file
        if len(self.files) > self.limits.list:
            oldest = self.files.pop(next(iter(self.files)))
            oldest.close()
            self.keep_file(oldest, exchange)

    def keep_file(self, file: File, exchange: Exchange) -> None:
        """A file has ended: it waits for the record of its transaction."""
        home: Transaction = exchange.group or exchange
        if home.files is None:
            home.files = []
        home.files.append(file)
        if len(home.files) >= self.limits.list:
            self.journal.files(home, self.time, self.number, None)

    def end_files(self) -> None:
        """The flow is over: what still lives between transactions ends."""
        for file in self.files.values():
            file.close()
            self.journal.file(file, None, self.time, self.number, None)
        self.files.clear()

    # ---- layers

    def _open_layer(self, cursor: Cursor, form: LinkedOutlet, outlet: Outlet, exchange: Exchange, role: int, scope: Scope) -> None:
        if self.shared.above >= LAYERS:
            return
        direction = cursor.direction
        layer: Layer
        if form.whole_flow:
            layer = self._stream(form, scope)
            outlet.feed = partial(self._feed_stream, layer, direction, role, cursor)
        else:
            part = self._part(form, exchange)
            part.lie(direction, role)
            exchange.fields[role][form.layer] = part.fields(role)
            outlet.feed = partial(self._feed_part, part, direction, role)
            layer = part
        outlet.lose = partial(layer.lose, direction, role)

    def _layer(self, form: LinkedOutlet, exchange: Exchange, scope: Scope) -> Layer | None:
        if not form.whole_flow:
            return ((exchange.group or exchange).layers or {}).get(form.layer)
        return self.streams.get((form.layer, hashable(form.layer_key(scope)) if form.layer_key is not None else None))

    def _part(self, form: LinkedOutlet, exchange: Exchange) -> Part:
        from wiregram.transaction.layer import Part

        home: Transaction = exchange.group or exchange
        if home.layers is None:
            home.layers = {}
        part: Part | None = home.layers.get(form.layer)
        if part is None:
            part = home.layers[form.layer] = Part(self.tables.layer(form.layer), self, exchange)
        return part

    def _stream(self, form: LinkedOutlet, scope: Scope) -> Layer:
        from wiregram.transaction.layer import Layer

        name = (form.layer, hashable(form.layer_key(scope)) if form.layer_key is not None else None)
        layer = self.streams.get(name)
        if layer is None:
            layer = self.streams[name] = Layer(self.tables.layer(form.layer), self)
            if len(self.streams) > self.limits.list:
                self._end_stream(self.streams.pop(next(iter(self.streams))))
        return layer

    def _feed_part(self, layer: Layer, direction: int, role: int, data: bytes) -> None:
        layer.give(direction, role, data, self.time, self.number)

    def _feed_stream(self, layer: Layer, direction: int, role: int, cursor: Cursor, data: bytes) -> None:
        layer.give(direction, role, data, self.time, self.number, self.mark, cursor.offset)
        self._gather_stream(layer)

    def _gather(self, layer: Layer, form: LinkedOutlet) -> None:
        if form.whole_flow:
            self._gather_stream(layer)

    def _gather_stream(self, layer: Layer) -> None:
        """What a layer of the flow has made ready is the session's."""
        self.journal.out += layer.take()
        if layer.deadline < self.deadline:
            self.deadline = layer.deadline

    def _end_stream(self, layer: Layer) -> None:
        layer.finish(self.time, self.number)
        self._gather_stream(layer)

    def end_streams(self, direction: int = -1) -> None:
        """Nothing more comes for the layers of the flow (from `direction`, if one is given)."""
        for layer in self.streams.values():
            if direction < 0:
                self._end_stream(layer)
            else:
                layer.end_direction(direction, self.time, self.number)
                self._gather_stream(layer)
        if direction < 0:
            self.streams.clear()

    def expire(self, now: int) -> None:
        """The exchanges whose time is up end, those of the layers too."""
        Exchanges.expire(self, now)
        for layer in self.streams.values():
            layer.tick(now)
            self._gather_stream(layer)

    # ---- ends

    def end_outlets(self, home: Transaction, exchange: Exchange, role: int = -1) -> None:
        """The octets of a transaction (of one side, if `role` is given) have all come: codings, files and layers end."""
        outlets = home.outlets
        if outlets is None:
            return
        for key in [each for each in outlets if role < 0 or each[0] == role]:
            outlet = outlets.pop(key)
            file = outlet.end()
            direction = exchange.initiator if key[0] == REQUEST else 1 - exchange.initiator
            self._tell_fault(outlet, direction, -1, exchange)
            if file is not None:
                self.keep_file(file, exchange)
        for layer in (home.layers or {}).values():
            for side in [REQUEST, RESPONSE] if role < 0 else [role]:
                layer.end_side(side, self.time, self.number)
