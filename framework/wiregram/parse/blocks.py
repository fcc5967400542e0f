"""Instructions in a row that are done at one go: fields of fixed size, whole numbers computed from them, checks, flat records of such. What a block
is made of; `fusion` finds the blocks of a program, `runs` runs them.

A block computes first and stores last, so one that comes upon anything it does not do has changed nothing, and the instructions that it stands for
run in its place."""

from __future__ import annotations

from array import array

BIG, LITTLE, SIGN, NUMBER, PLACE, LOADED, SLOTTED, CHECK, MATCH = range(9)
"""Steps: an operation, the register that it fills, x, y. BIG, LITTLE: the octets of a number (place, how many); SIGN: the number in x as one of y
bits with a sign; NUMBER: x itself; PLACE: a position; LOADED: a field of a level (how far up, name); SLOTTED: a slot; CHECK: x is not 0; MATCH:
octets at x are the constant y; then, as many for each operator: TWO: of two registers; WITH, REVERSED: of a register x and the number y."""

INT, BOOL, OCTETS, WIDE, CONSTANT, MAPPED, OPEN, CLOSE = range(8)
"""Stores: an operation, where to (a name, a slot below -1, -1 nowhere), x, y. INT, BOOL: a register; OCTETS: place, how many; WIDE: a number of more
octets than a register takes (place, 4 times how many, plus its form); CONSTANT; MAPPED: a register by a mapping; OPEN: a record with room for x
fields begins; CLOSE: it ends, and is stored itself."""

KEPT, NOTHING, MADE = range(3)
"""What is at hand afterwards: what was before; None; what the last store made."""

REGISTERS = 32
OPERATORS = 32
"""The first step of a family of operators, and how many each has room for."""


class Block:
    """`size`: its octets in all. `beyond`: the instruction behind it. `operation` and `operand` are what its first instruction was. `answer`: what is
    at hand afterwards."""

    __slots__ = ("answer", "beyond", "computed", "operand", "operation", "size", "steps", "stored", "stores")

    def __init__(self, size: int, beyond: int, answer: int, steps: list[int], stores: list[int]) -> None:
        self.size = size
        self.beyond = beyond
        self.answer = answer
        self.steps = array("i", steps)
        self.stores = array("i", stores)
        self.computed = len(steps)
        self.stored = len(stores)
        self.operation = 0
        self.operand = 0

    def again(self) -> Block:
        return Block(self.size, self.beyond, self.answer, list(self.steps), list(self.stores))
