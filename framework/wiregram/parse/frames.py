"""What is under way in a message: frames, each over the one before it, and the ways back. They know neither programs nor bytes."""

from __future__ import annotations

from typing import Any


class Frame:
    """Something under way. REGION_, POINTER_, LAYER_: `bound` and `low` around it, `pos` where a pointer or a layer goes back to,
    `end` of the region, and, should an error cost it, `target`, `flags`, `levels`, `depth`; `start` of a layer. PAD_: `pos`, the size in `end`.
    RAW_: `pos`. UNION_: `pos`, positions by name in `items`. LIST_: `items`. LOOP_: `items` so far, how many there will be (-1: unknown) in `end`,
    which one is read in `index` and where it began in `pos`.

    Each knows what was under way before it (`below`). Made without __init__, and filled field by field: that is quickest in C. What may cost a
    region keeps the first slot of its code in `base`."""

    __slots__ = ("base", "below", "bound", "depth", "end", "flags", "index", "items", "kind", "levels", "low", "pos", "start", "target")

    below: Frame | None
    base: int
    kind: int
    pos: int
    bound: int
    low: int
    end: int
    target: int
    flags: int
    levels: int
    depth: int
    index: int
    start: int
    items: Any


class Handler:
    """Where to go on when what follows does not match, and what to undo. `peek`: an expression's fault is not its concern. `loop`: it goes back to
    where the element of the loop on top of `stack` began. Made as frames are."""

    __slots__ = ("base", "below", "bound", "depth", "layers", "levels", "loop", "low", "peek", "pos", "stack", "target")

    below: Handler | None
    stack: Frame | None
    base: int
    target: int
    levels: int
    layers: int
    pos: int
    bound: int
    low: int
    depth: int
    peek: bool
    loop: bool
