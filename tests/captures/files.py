"""Compares the files that we find in the real captures with those that tshark exports (HTTP bodies), with the attachments that Python's `email` finds
in exported mails, and with the octets of FTP's data connections: `python tests/captures/files.py`.

Number and SHA-256 must be equal in every capture, but for those that are listed: how many are ours, how many tshark's, how many the same, and who is
right. What tshark answers is kept outside the project, in the temporary directory, by the digest of the capture: it is slow."""

from __future__ import annotations

import email
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import wiregram

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "pcaps"

HTTP2 = "tshark: bodies of HTTP/2, which is not described"
SOCKS = "tshark: HTTP inside SOCKS, which is not described"
STOPPED = "ours: bodies that end before their announced length, which tshark leaves out"
MORE = "ours: whole bodies, of their announced length, which tshark leaves out"
HOLES = "ours: tshark takes what follows a lost head for a body"
LISTED = {
    "arkime__arkime_synthetic.pcap": (35, 29, 29, STOPPED),
    "arkime__http2-nghttp2.pcap": (0, 1, 0, HTTP2),
    "arkime__no-syn-ack.pcap": (1, 0, 0, STOPPED),
    "arkime__socks-http-example.pcap": (0, 3, 0, SOCKS),
    "arkime__socks-http-pass.pcap": (0, 1, 0, SOCKS),
    "arkime__socks5-http-302.pcap": (0, 1, 0, SOCKS),
    "malcolm__db9f075c-7879-4957-923a-f79fac957a2d.pcap": (9, 8, 8, MORE),
    "ndpi__1kxun.pcap": (112, 148, 108, HOLES),
    "ndpi__mpeg-dash.pcap": (2, 1, 1, STOPPED),
    "pcpp__example.pcap": (337, 335, 335, MORE),
    "sv__dns-over-http2-limit.pcap": (0, 1, 0, HTTP2),
    "sv__dns-over-http2-post-dns_over_https_POST.pcap": (0, 1, 0, HTTP2),
    "sv__http-evader-http-evader-202.pcap": (1, 1, 0, "ours: RFC 1952 section 2.3.1.2, a reserved flag is set, so nothing is undone"),
    "sv__http-range-file.pcap": (1, 21, 0, "ours: parts of one file are one file, as Suricata has it"),
    "sv__tcp-rst-unacked-stream-10-TLPW1-tcp-174.56.47.59-10.3.11.101-tcp-80-49309.pcap": (1, 0, 0, STOPPED),
    "sv__tcp-rst-unacked-stream-11-TLPW1-tcp-47.32.209.86-10.11.23.101-tcp-80-49470.pcap": (2, 1, 1, STOPPED),
    "sv__tcp-urgp-04-2byte-XY-tcp-urgent-2byte-XY.pcap": (
        1,
        2,
        1,
        "ours: tshark loses the request over its urgent octets and exports the rest of it",
    ),
    "sv__tls-tls-subjectaltname.pcap": (36, 37, 32, MORE),
    "sv__mime-mime-stream-depth.pcap": (4, 0, 0, "ours: tshark exports no mail of this stream; in its octets `email` finds the three whole ones"),
    "tcpflow__jpegs.pcap": (11, 17, 11, HOLES),
    "zeek__http-http-lower-case-nonstandard-port.pcap": (0, 1, 0, "ours: tshark does not know the head for one and takes it for the body"),
    "zeek__postgresql-http-on-port-5432.pcap": (1, 0, 0, "ours: tshark goes by the port"),
}


@dataclass
class Found:
    capture: str
    ours: Counter[str]
    theirs: Counter[str]

    @property
    def counts(self) -> tuple[int, int, int]:
        """Ours, theirs, the same."""
        return self.ours.total(), self.theirs.total(), (self.ours & self.theirs).total()

    @property
    def settled(self) -> bool:
        """Equal, or different as it is listed."""
        return self.ours == self.theirs or LISTED.get(self.capture, ())[:3] == self.counts


def our_files(capture: Path, library: wiregram.Library, *protocols: str) -> Counter[str]:
    """SHA-256, or the name of a file without one -> how often."""
    engine = wiregram.Engine(library)
    records = [record for packet in wiregram.read(capture) for record in engine.feed(packet)]
    records += engine.finish()
    files = [record.sections["fileinfo"] for record in records if record.name == "fileinfo" and record.protocol in protocols]
    return Counter(file.get("sha256") or f"{file.get('filename')} with holes" for file in files)


VERSION = "1"
"""Of the form of what is kept."""


def digests(capture: Path, kind: str, parts: Callable[[bytes], list[bytes]]) -> Counter[str]:
    """The SHA-256 of what `parts` finds in each thing that tshark takes out of a capture -> how often."""
    home = Path(tempfile.gettempdir()) / "wiregram-oracles"
    home.mkdir(exist_ok=True)
    kept = home / f"{hashlib.sha256(capture.read_bytes()).hexdigest()}.{kind}.{VERSION}.json"
    if kept.is_file():
        return Counter(json.loads(kept.read_text()))
    found = Counter(hashlib.sha256(data).hexdigest() for thing in exported(capture, kind) for data in parts(thing))
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(found))
    fresh.replace(kept)
    return found


def exported(capture: Path, kind: str) -> list[bytes]:
    """What tshark takes out of a capture."""
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["tshark", "-r", str(capture), "-q", "--export-objects", f"{kind},{directory}"], capture_output=True, check=False)
        return [path.read_bytes() for path in sorted(Path(directory).iterdir())]


def captures_with(captures: Path, dissector: str) -> list[Path]:
    paths = {path.name: path for path in captures.rglob("*.pcap*") if path.parent.name != "truth"}
    found = []
    for told in sorted((captures / "truth").glob("*.streams.jsonl")):
        lines = [json.loads(line) for line in told.read_text().splitlines()[1:]]
        if any(dissector in line.get("messages", {}) or dissector in (line.get("app_layers") or []) for line in lines):
            found.append(paths[told.name.removesuffix(".streams.jsonl")])
    return found


def compare(captures: Path, library: wiregram.Library, most: int = 1 << 30) -> list[Found]:
    """HTTP bodies, with codings undone, in captures of at most so many octets."""
    found = []
    for capture in captures_with(captures, "http"):
        if capture.stat().st_size > most:
            continue
        found.append(Found(capture.name, our_files(capture, library, "http"), digests(capture, "http", lambda body: [body])))
    return found


def attachments(mail: bytes) -> list[bytes]:
    """What Python's `email` takes for attachments of a mail."""
    parts = email.message_from_bytes(mail).walk()
    return [bytes(part.get_payload(decode=True) or b"") for part in parts if part.get_filename() is not None and not part.is_multipart()]


def compare_mails(captures: Path, library: wiregram.Library, most: int = 1 << 30) -> list[Found]:
    found = []
    for capture in captures_with(captures, "imf"):
        if capture.stat().st_size > most:
            continue
        found.append(Found(capture.name, our_files(capture, library, "smtp", "pop3", "imap"), digests(capture, "imf", attachments)))
    return found


def compare_transfers(captures: Path, library: wiregram.Library) -> list[Found]:
    """FTP: each stream that tshark takes for a transfer has one file, of the direction that has octets. Listings are no files."""
    found = []
    for capture in captures_with(captures, "ftp-data"):
        told = json.loads("[" + ",".join((captures / "truth" / f"{capture.name}.streams.jsonl").read_text().splitlines()[1:]) + "]")
        streams = [line for line in told if "ftp-data" in (line.get("app_layers") or [])]
        ways = [line[f"reassembled_{way}"] for line in streams for way in ("c2s", "s2c") if line.get(f"reassembled_{way}", {}).get("len")]
        found.append(Found(capture.name, our_files(capture, library, "ftp_data"), Counter(way["sha256"] for way in ways)))
    return found


def main() -> int:
    library = wiregram.load()
    found = [*compare(CAPTURES, library), *compare_mails(CAPTURES, library), *compare_transfers(CAPTURES, library)]
    print(f"{sum(one.counts[2] for one in found)} of {sum(one.counts[1] for one in found)} files equal tshark's in {len(found)} captures")
    for one in found:
        if one.ours != one.theirs:
            print(f"    {one.capture}: {one.counts}; {LISTED.get(one.capture, ('',))[-1]}")
    return int(not all(one.settled for one in found))


if __name__ == "__main__":
    sys.exit(main())
