"""Tables for people."""

import io

import pytest

from wiregram.model.packet import TCP
from wiregram.model.record import ANOMALY, FLOW, STATS, TRANSACTION, Ends, Record, Secret
from wiregram.outputs import Summary, TransactionTable
from wiregram.outputs.values import timestamp
from wiregram.program.settings import OutputSettings

ENDS = Ends(1, TCP, bytes((10, 0, 0, 1)), 40000, bytes(15) + b"\x01", 110)
TIME = 1_580_472_000_123_456_789


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _pop3(**summary: object) -> Record:
    return Record(TRANSACTION, "pop3", TIME, ends=ENDS, protocol="pop3", summary=summary)


def test_the_transactions_are_shown_with_their_summary() -> None:
    table = TransactionTable(2)
    table.write(Record(FLOW, "flow", TIME, ends=ENDS))
    table.write(_pop3(status="OK", method=b"USER", query=b"alice", user=b"a"))
    table.write(_pop3(status="error", method=b"PASS", resource=Secret(b"hunter2"), query=b"q"))
    table.write(_pop3(status="OK"))
    target = io.StringIO()
    table.show(target)
    assert target.getvalue() == (
        "time                     client          server     protocol  method  about  status\n"
        "2020-01-31 12:00:00.123  10.0.0.1:40000  [::1]:110  pop3      USER    alice  OK\n"
        "2020-01-31 12:00:00.123  10.0.0.1:40000  [::1]:110  pop3      PASS    ***    error\n"
        "and 1 transactions more\n\n"
    )


def test_secrets_are_shown_when_asked_for() -> None:
    table = TransactionTable(1, OutputSettings(show_secrets=True))
    table.write(_pop3(resource=Secret(b"hunter2")))
    assert table.rows[0][5] == "hunter2"


def test_no_transactions_show_nothing() -> None:
    target = io.StringIO()
    TransactionTable(5).show(target)
    assert target.getvalue() == ""


def test_flows_transactions_and_events_are_counted_by_protocol() -> None:
    summary = Summary()
    for family, protocol in (
        (FLOW, ""), (FLOW, "pop3"), (FLOW, "dns"), (FLOW, "failed"), (TRANSACTION, "pop3"), (TRANSACTION, "pop3"), (ANOMALY, "pop3"), (STATS, "")
    ):  # fmt: skip
        summary.write(Record(family, family, TIME, protocol=protocol))
    target = io.StringIO()
    summary.show(target)
    assert target.getvalue() == (
        "protocol  flows  transactions  events\n"
        "dns           1             0       0\n"
        "pop3          1             2       1\n"
        "failed        1             0       0\n"
        "unknown       1             0       0\n"
        "total         4             2       1\n"
    )


def test_what_a_terminal_shows_holds_no_control_characters_of_the_traffic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for target in (_Terminal(), io.StringIO()):
        table = TransactionTable(3)
        table.write(_pop3(method=b"\x1b[31mred[bold]", resource=b"\xc2\x9b2J\xe2\x80\xae", status=b"\r\n"))
        table.show(target)
        shown = target.getvalue()
        assert "\\x1b" in shown
        assert "[bold]" in shown
        assert "\x9b" not in shown
        assert "\u202e" not in shown
        assert "\r" not in shown


def test_a_terminal_gets_the_same_cells() -> None:
    summary = Summary()
    summary.write(Record(FLOW, "flow", TIME, protocol="pop3"))
    target = _Terminal()
    summary.show(target)
    for word in ("protocol", "flows", "pop3", "total"):
        assert word in target.getvalue()


def test_a_narrow_terminal_folds_no_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    table, target = TransactionTable(3), _Terminal()
    table.write(_pop3(method=b"RETR", resource=b"a long word " * 4, status="OK"))
    table.show(target)
    assert timestamp(TIME)[:-8].replace("T", " ") in target.getvalue()
