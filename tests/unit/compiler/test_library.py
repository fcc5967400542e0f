"""The one door: search path, settings, overrides, all problems together, and the same library in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from wiregram import compiler
from wiregram.compiler.lines import grammar_lines
from wiregram.compiler.template import new_protocol
from wiregram.manifest import loading
from wiregram.manifest.loading import VARIABLE, bundled, load_settings, load_tables, overlaid, search_path
from wiregram.model.errors import CompileError, ManifestError, WiregramError
from wiregram.program.settings import OutputSettings, Settings

LARK = "request: WORD _EOL\nreply: WORD _EOL\nWORD: /[a-z]+/\n_EOL: /\\r?\\n/\n"
TABLE = '[{name}]\ntitle = "{title}"\ntcp = [{port}]\ngrammar = "g.lark"\nrequest = "request"\nresponse = "reply"\n'


def home(path: Path, **titles: str) -> Path:
    """A directory of protocols with those names and titles."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "g.lark").write_text(LARK)
    tables = [TABLE.format(name=name, title=title, port=1000 + index) for index, (name, title) in enumerate(titles.items())]
    (path / "protocols.toml").write_text("format = 1\n\n" + "\n".join(tables))
    return path


def test_a_directory_gives_its_protocols_in_order(tmp_path: Path) -> None:
    library = compiler.load(home(tmp_path, b="B", a="A"), bundled=False)
    assert list(library.protocols) == ["b", "a"]
    assert library.protocols["a"].ports == {"tcp": ((1001, 1001),)}


def test_a_later_directory_overrides_with_a_note(tmp_path: Path) -> None:
    first, second = home(tmp_path / "1", a="first", b="B"), home(tmp_path / "2", a="second")
    library = compiler.load(first, second, bundled=False)
    assert [(name, protocol.title) for name, protocol in library.protocols.items()] == [("a", "second"), ("b", "B")]
    note = compiler.check(first, second, bundled=False)[0]
    assert note.render() == (f"{second}/protocols.toml:3:2: hint: `a` overrides the description in {first}/protocols.toml [a]\n    [a]\n     ^")


def test_a_grammar_is_found_beside_the_manifest_or_in_grammars(tmp_path: Path) -> None:
    here = home(tmp_path, a="A")
    (here / "grammars").mkdir()
    (here / "g.lark").rename(here / "grammars" / "g.lark")
    assert list(compiler.load(here, bundled=False).protocols) == ["a"]
    (here / "grammars" / "g.lark").rename(here / "h.lark")
    with pytest.raises(WiregramError) as caught:
        compiler.load(here, bundled=False)
    (problem,) = caught.value.problems
    assert problem.text == f"no grammar file `g.lark` in {here}/grammars and {here}"
    assert (problem.line, problem.suggestion) == (6, "did you mean `h.lark`?")


def test_the_search_path_is_bundled_then_the_environment_then_what_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = home(tmp_path / "1", a="A"), home(tmp_path / "2", b="B"), home(tmp_path / "3", c="C")
    monkeypatch.setenv(VARIABLE, os.pathsep.join((str(one), str(two))))
    assert search_path([three]) == (bundled(), one, two, three)
    assert search_path([one]) == (bundled(), two, one)
    assert search_path([three], defaults=False) == (three,)


class Point:
    """An entry point that gives `given`."""

    name = value = "plugin"

    def __init__(self, given: object) -> None:
        self.given = given

    def load(self) -> object:
        return self.given


def test_a_plugin_gives_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Point] = []
    monkeypatch.setattr(loading, "entry_points", lambda group: given if group == "wiregram.protocols" else [])
    monkeypatch.delenv(VARIABLE, raising=False)
    for plugin in (str(tmp_path), tmp_path, [tmp_path], lambda: tmp_path):
        given[:] = [Point(plugin)]
        assert search_path() == (bundled(), tmp_path)
    given[:] = [Point(3)]
    with pytest.raises(ManifestError, match=r"entry point `plugin` of .* gives no directory"):
        search_path()


def test_the_problems_of_all_files_come_together(tmp_path: Path) -> None:
    first, second = home(tmp_path / "1", a="A", b="B"), home(tmp_path / "2", c="C")
    manifest = first / "protocols.toml"
    manifest.write_text(manifest.read_text().replace('title = "A"', "titel = 1").replace('request = "request"', 'request = "requst"'))
    (second / "g.lark").write_text("request: WORD\nWORD: /(?=a)/\nreply: A\nA: /b/")
    with pytest.raises(CompileError) as caught:
        compiler.load(first, second, tmp_path / "none", bundled=False)
    texts = [problem.text for problem in caught.value.problems]
    assert "a protocol's table needs `title`: text" in texts
    assert "`titel` is no key of a protocol's table" in texts
    assert "the grammar has no message `requst`" in texts
    assert "cannot be read: No such file or directory" in texts
    assert any(problem.file.endswith("g.lark") for problem in caught.value.problems)


def test_a_wrong_manifest_alone_is_a_manifest_error(tmp_path: Path) -> None:
    (tmp_path / "protocols.toml").write_text("a = 1\n")
    with pytest.raises(ManifestError):
        compiler.load(tmp_path, bundled=False)
    assert [problem.line for problem in compiler.check(tmp_path, bundled=False)] == [1]


def test_check_may_look_at_one_protocol(tmp_path: Path) -> None:
    here = home(tmp_path, a="A", b="B")
    manifest = here / "protocols.toml"
    manifest.write_text(manifest.read_text().replace('request = "request"', 'request = "requst"'))
    assert {problem.key.partition(".")[0] for problem in compiler.check(here, bundled=False)} == {"a", "b"}
    assert {problem.key.partition(".")[0] for problem in compiler.check(here, bundled=False, names=["b"])} == {"b"}
    (unknown,) = compiler.check(here, bundled=False, names=["bb"])
    assert (unknown.text, unknown.suggestion) == ("no protocol `bb`", "did you mean `b`?")


def test_settings_overlay_ports_mode_and_limits(tmp_path: Path) -> None:
    here = home(tmp_path, a="A", b="B")
    settings = tmp_path / "settings.toml"
    settings.write_text('[engine]\nmax_flows = 7\n[outputs]\ntypes = ["a"]\n[protocols.a]\ntcp = [9, "20-22"]\nmode = "off"\nlimits.depth = 0\n')
    library = compiler.load(here, settings=settings, bundled=False)
    a, b = library.protocols["a"], library.protocols["b"]
    assert (a.ports, a.mode, a.limits.depth) == ({"tcp": ((9, 9), (20, 22))}, {"tcp": "off"}, 0)
    assert (a.patterns, a.probes) == ((), ())
    assert (b.mode, b.limits.depth) == ({"tcp": "on"}, 1 << 20)
    assert (library.settings.engine.max_flows, library.settings.outputs.types) == (7, ("a",))


def test_a_mode_may_be_said_by_transport(tmp_path: Path) -> None:
    here = home(tmp_path, a="A")
    settings = tmp_path / "settings.toml"
    settings.write_text('[protocols.a]\nudp = [9]\nmode = { udp = "off", tcp = "detection_only" }\n')
    protocol = compiler.load(here, settings=settings, bundled=False).protocols["a"]
    assert protocol.mode == {"tcp": "detection_only", "udp": "off"}
    assert {probe.transport for probe in protocol.probes} == {"tcp"}


def test_settings_for_no_protocol_are_refused(tmp_path: Path) -> None:
    here = home(tmp_path, alpha="A")
    settings = tmp_path / "settings.toml"
    settings.write_text('[protocols.alhpa]\nmode = "off"\n')
    with pytest.raises(ManifestError) as caught:
        compiler.load(here, settings=settings, bundled=False)
    assert str(caught.value) == (
        f"{settings}:1:12: error: no protocol `alhpa` [protocols.alhpa]\n    [protocols.alhpa]\n               ^^^^^\n    did you mean `alpha`?"
    )
    with pytest.raises(ManifestError, match="which is no protocol"):
        compiler.load(here, settings=Settings(protocols={"beta": {}}), bundled=False)
    with pytest.raises(ManifestError, match="no record has the event type `alpah`"):
        compiler.load(here, settings=Settings(outputs=OutputSettings(types=("alpah",))), bundled=False)


def test_settings_give_constants_another_value(tmp_path: Path) -> None:
    here = home(tmp_path / "one", alpha="A")
    table = here / "protocols.toml"
    table.write_text(table.read_text() + '\n[alpha.define]\nlongest = "100"\nwords = { a = "x", b = "y" }\nsteps = [1, 2]\ntwice = "longest * 2"\n')
    settings = tmp_path / "settings.toml"
    settings.write_text('[protocols.alpha.define]\nlongest = 7\nwords = { b = "z" }\nsteps = [3]\n')
    tables = load_tables([here])
    made = overlaid(tables.descriptions["alpha"], load_settings(settings))
    assert (made.definitions["longest"].text, made.constants) == ("7", {"words": {"a": "x", "b": "z"}, "steps": [3]})
    compiler.load(here, settings=settings, bundled=False)
    settings.write_text("[protocols.alpha.define]\nlogest = 7\nwords = 7\ntwice = 7\n")
    with pytest.raises(ManifestError) as caught:
        compiler.load(here, settings=settings, bundled=False)
    assert [(problem.line, problem.text) for problem in caught.value.problems] == [
        (2, "`alpha` defines no constant `logest`"), (3, "`words` is a table in the description"), (4, "`alpha` defines no constant `twice`"),
    ]  # fmt: skip


def test_settings_name_what_is_wrong(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[engine]\nmax_flows = 0\n[outputs]\nshow_secret = true\n")
    with pytest.raises(ManifestError) as caught:
        load_settings(settings)
    assert [problem.suggestion for problem in caught.value.problems] == ["expected at least 1", "did you mean `show_secrets`?"]


def test_settings_name_what_a_protocol_has(tmp_path: Path) -> None:
    here = home(tmp_path, alpha="A", beta="B")
    layer = '\n[below]\ntitle = "L"\nlayer = true\ngrammar = "g.lark"\nrequest = "request"\n'
    (here / "protocols.toml").write_text((here / "protocols.toml").read_text() + layer)
    settings = tmp_path / "settings.toml"
    settings.write_text(
        '[protocols.alpha]\nmode = { udp = "off" }\noutputs.types = ["beta"]\n[protocols.below]\nmode = "off"\n[outputs]\ntypes = ["below"]\n'
    )
    with pytest.raises(ManifestError) as caught:
        compiler.load(here, settings=settings, bundled=False)
    assert [(problem.line, problem.text, problem.suggestion) for problem in sorted(caught.value.problems, key=lambda each: each.line)] == [
        (2, "`alpha` is not spoken over udp", "give it ports: udp = [...]"),
        (3, "no record has the event type `beta`", ""),
        (5, "`below` is a layer: it is never detected, only fed", ""),
        (7, "no record has the event type `below`", "did you mean `flow`?"),
    ]
    settings.write_text('[protocols.alpha]\nudp = [9]\nmode = { udp = "off" }\noutputs.types = ["alpha", "anomaly"]\n')
    assert compiler.load(here, settings=settings, bundled=False).protocols["alpha"].mode == {"tcp": "on", "udp": "off"}


def test_event_types_that_no_record_has_are_refused(tmp_path: Path) -> None:
    here = home(tmp_path / "one", alpha="A")
    settings = tmp_path / "settings.toml"
    settings.write_text('[outputs]\ntypes = ["alpha", "transaction", "anomlay"]\n[protocols.alpha.outputs]\ntypes = ["alhpa"]\n')
    with pytest.raises(ManifestError) as caught:
        compiler.load(here, settings=settings, bundled=False)
    assert sorted(str(problem.render()) for problem in caught.value.problems) == [
        f'{settings}:2:34: error: no record has the event type `anomlay` [outputs.types[3]]\n    types = ["alpha", "transaction", "anomlay"]\n'
        "                                     ^^^^^^^^^\n    did you mean `anomaly`?",
        f'{settings}:4:10: error: no record has the event type `alhpa` [protocols.alpha.outputs.types[1]]\n    types = ["alhpa"]\n'
        "             ^^^^^^^\n    did you mean `alpha`?",
    ]
    settings.write_text('[outputs]\ntypes = ["alpha", "fileinfo", "flow", "stats"]\n')
    assert compiler.load(here, settings=settings, bundled=False).settings.outputs.types == ("alpha", "fileinfo", "flow", "stats")


def test_the_bundled_protocols_have_no_error_and_no_warning() -> None:
    found = [problem for problem in compiler.check() if problem.severity != "hint"]
    assert not found, "\n".join(problem.render() for problem in found)
    assert {"echo", "pop3", "dns", "modbus"} <= set(compiler.load().protocols)


ENCODE = "import sys, msgspec; from wiregram import compiler; sys.stdout.buffer.write(msgspec.msgpack.encode(compiler.load()))"


def test_the_library_is_the_same_whatever_the_hash_seed() -> None:
    outputs = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", ENCODE], capture_output=True, env=environment, check=True)
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop()) > 1000


# ---- new protocols


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_a_new_protocol_compiles_unedited(tmp_path: Path, kind: str) -> None:
    written = new_protocol("ping", kind, tmp_path)
    suffix = ".lark" if kind == "text" else ".py"
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [f"grammars/ping{suffix}", "grammars/examples/ping.toml", "protocols.toml"]
    assert [problem.text for problem in compiler.check(tmp_path, bundled=False) if "on its own ports alone" not in problem.text] == []
    assert list(compiler.load(tmp_path, bundled=False).protocols) == ["ping"]
    assert "NAME" not in "".join(path.read_text() for path in written)


def test_a_second_protocol_stands_behind_the_first_on_another_port(tmp_path: Path) -> None:
    new_protocol("ping", "text", tmp_path)
    before = (tmp_path / "protocols.toml").read_text()
    new_protocol("pong", "binary", tmp_path)
    assert (tmp_path / "protocols.toml").read_text().startswith(before)
    library = compiler.load(tmp_path, bundled=False)
    assert [protocol.ports["tcp"] for protocol in library.protocols.values()] == [((4000, 4000),), ((4001, 4001),)]


@pytest.mark.parametrize("name", ["", "Ping", "1ping", "a-b", "failed", "format", "../x"])
def test_a_name_that_no_protocol_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ManifestError, match="cannot name a protocol"):
        new_protocol(name, "text", tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    new_protocol("ping", "text", tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(ManifestError, match="`ping` is a protocol already"):
        new_protocol("ping", "binary", tmp_path)
    (tmp_path / "grammars" / "pong.py").touch()
    with pytest.raises(ManifestError, match="the file is there already"):
        new_protocol("pong", "text", tmp_path)
    (tmp_path / "grammars" / "pong.py").unlink()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


# ---- lines


def test_lines_are_those_that_are_neither_blank_nor_comment(tmp_path: Path) -> None:
    lark, python = tmp_path / "a.lark", tmp_path / "a.py"
    lark.write_text("// no\n\na: B\n   | C // yes\nB: /x/\n")
    docstring = '"""Doc.\n\nMore."""\n'
    declaration = 'x = Struct(  # yes\n    "a" / Int8ub,\n\n    # no\n)\n'
    python.write_text(docstring + "from construct import *\n\n# no\n" + declaration + 'def f():\n    """Doc."""\n    return 1\n')
    assert (grammar_lines(lark), grammar_lines(python)) == (3, 6)
    here = home(tmp_path, a="A", b="B")
    manifest = here / "protocols.toml"
    manifest.write_text(manifest.read_text() + "# no\n\n[a.record] # yes\nx = '''\n\nrequest.word'''\ny = { z = \"1\" }\n")
    lines = {name: (each.grammar, each.table) for name, each in compiler.protocol_lines(here, bundled=False).items()}
    assert lines == {"a": (4, 6 + 4), "b": (4, 6)}


def test_mails_and_the_web_are_described_in_120_lines_each() -> None:
    lines = compiler.protocol_lines()
    assert [name for name in ("smtp", "http") if lines[name].total > 120] == []


def test_a_literal_or_text_is_told_within_14_octets() -> None:
    assert compiler.report("imap").count("look-back of the message: 14") == 3


def test_a_report_has_the_verdicts_and_the_largest_buffer(tmp_path: Path) -> None:
    found = compiler.report("a", home(tmp_path, a="A"), bundled=False)
    assert found[-1] == "largest buffer: 65536 octets of a direction"
    with pytest.raises(ManifestError, match="no protocol `aa`"):
        compiler.report("aa", tmp_path, bundled=False)


def test_tables_can_be_encoded(tmp_path: Path) -> None:
    tables = load_tables([home(tmp_path, a="A")])
    library = compiler.compile_library(tables)
    assert msgspec.msgpack.encode(library) == msgspec.msgpack.encode(compiler.compile_library(tables))
