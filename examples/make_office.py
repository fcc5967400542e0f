"""Makes examples/office.pcap, the capture that the README's first command reads: `make_office.py [FILE]`.

An office morning in documentation addresses: names are resolved, mail is fetched with a wrong password and then the right one, a controller reads and
writes registers, two colleagues use the echo service. The same octets every time.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from wiregram.capture import write
from wiregram.capture.craft import Conversation, Timeline
from wiregram.model.packet import UDP, Packet

CLIENT, RESOLVER, MAIL, PLC, ECHO = "192.0.2.10", "192.0.2.53", "198.51.100.25", "192.0.2.99", "203.0.113.7"


def name(text: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def query(number: int, host: str, kind: int) -> bytes:
    return struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + name(host) + struct.pack(">HH", kind, 1)


def answer(number: int, host: str, kind: int, flags: int, *datas: bytes) -> bytes:
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 300, len(data)) + data for data in datas)
    return struct.pack(">6H", number, flags, 1, len(datas), 0, 0) + query(number, host, kind)[12:] + records


def resolve(clock: Timeline, port: int, number: int, host: str, kind: int, flags: int, *datas: bytes) -> list[Packet]:
    talk = Conversation(CLIENT, RESOLVER, port, 53, transport=UDP, timeline=clock)
    packets = talk.client(query(number, host, kind))
    clock.wait(0.012)
    return packets + talk.server(answer(number, host, kind, flags, *datas))


def mail(clock: Timeline, port: int, *lines: tuple[bytes, bytes]) -> list[Packet]:
    talk = Conversation(CLIENT, MAIL, port, 110, timeline=clock)
    packets = [*talk.open(), *talk.server(b"+OK mail.example.com ready\r\n")]
    for asked, told in lines:
        clock.wait(0.03)
        packets += talk.client(asked)
        clock.wait(0.02)
        packets += talk.server(told, cuts=range(7, len(told), 11))
    return packets + talk.close()


def modbus(clock: Timeline) -> list[Packet]:
    talk = Conversation(CLIENT, PLC, 40502, 502, timeline=clock)
    packets = talk.open()
    for number, (asked, told) in enumerate(
        [("03006b0003", "0306022b00000064"), ("060001002a", "060001002a"), ("0104a10001", "8102"), ("2b0e0100", "2b0e010100000100034c4142")], 1
    ):
        for send, pdu in ((talk.client, bytes.fromhex(asked)), (talk.server, bytes.fromhex(told))):
            packets += send(struct.pack(">HHHB", number, 0, len(pdu) + 1, 1) + pdu)
            clock.wait(0.005)
    return packets + talk.close()


def echo(clock: Timeline) -> list[Packet]:
    talk = Conversation(CLIENT, ECHO, 40700, 3030, timeline=clock)
    packets = [*talk.open(), *talk.client(b">good morning\r\n"), *talk.server(b"<good morning\r\n")]
    return packets + talk.client(b">\r\n") + talk.server(b"!nothing to say\r\n") + talk.close()


def office() -> list[Packet]:
    clock = Timeline(1_767_600_000_000_000_000)
    packets = resolve(clock, 50001, 0x1A01, "mail.example.com", 1, 0x8180, bytes([198, 51, 100, 25]))
    packets += resolve(clock, 50002, 0x1A02, "mail.example.com", 28, 0x8180, bytes.fromhex("20010db8000000000000000000000025"))
    user, leave = (b"USER alice\r\n", b"+OK\r\n"), (b"QUIT\r\n", b"+OK bye\r\n")
    packets += mail(clock, 40101, user, (b"PASS sesame\r\n", b"-ERR [AUTH] no such mailbox or password\r\n"), leave)
    message = b"+OK 77 octets\r\nFrom: bob@example.org\r\nSubject: lunch\r\n\r\nAt noon?\r\n..or later\r\n.\r\n"
    packets += mail(
        clock, 40102, (b"CAPA\r\n", b"+OK\r\nTOP\r\nUIDL\r\nSTLS\r\n.\r\n"), user, (b"PASS open sesame\r\n", b"+OK 2 messages\r\n"),
        (b"LIST\r\n", b"+OK 2 messages\r\n1 77\r\n2 1200\r\n.\r\n"), (b"RETR 1\r\n", message), (b"DELE 1\r\n", b"+OK deleted\r\n"), leave,
    )  # fmt: skip
    packets += resolve(clock, 50003, 0x1A03, "printer.example.com", 1, 0x8183)
    packets += modbus(clock)
    return packets + echo(clock)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("office.pcap")
    made = office()
    write(target, made)
    print(f"{len(made)} packets in {target}")
