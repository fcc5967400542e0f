"""A real server for the protocol of docs/tutorial.md: `>` asks, `<` answers with the same text, `!` refuses an empty question.

`echo_server.py` serves on 127.0.0.1:3030 until it is stopped. `echo_server.py --demo CAPTURE` serves on a free port, talks to itself over a real
connection for a moment, and writes what went over it to a capture, as if it had been seen on port 3030.
"""

from __future__ import annotations

import socket
import socketserver
import sys
import threading

QUESTIONS = (b">hello\r\n", b">\r\n", b">one\r\n>two\r\n")


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            text = line.strip()[1:]
            self.wfile.write(b"<" + text + b"\r\n" if text else b"!nothing to say\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def demonstrate(capture: str) -> None:
    from wiregram.capture import write
    from wiregram.capture.craft import Conversation

    with Server(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        talk = Conversation("127.0.0.1", "127.0.0.1", 40000, 3030)
        packets = list(talk.open())
        with socket.create_connection(server.server_address) as client, client.makefile("rb") as answers:
            for question in QUESTIONS:
                client.sendall(question)
                packets += talk.client(question)
                for _ in range(question.count(b"\n")):
                    packets += talk.server(answers.readline())
        packets += talk.close()
        server.shutdown()
    write(capture, packets)
    print(f"{len(packets)} packets in {capture}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--demo"]:
        demonstrate(sys.argv[2])
    else:
        with Server(("127.0.0.1", 3030), Echo) as running:
            running.serve_forever()
