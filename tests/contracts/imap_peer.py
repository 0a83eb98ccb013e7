"""A small IMAP server on this machine for the contract tests: one user, one folder, the few commands that are needed."""

import re
import socketserver
import threading
from typing import Any


class ImapPeer:
    """Mails by UID with their marks. `commands` keeps what was asked, without the password."""

    def __init__(self, *, user: str = "bounces", password: str = "se cret") -> None:
        self.user = user
        self.password = password
        self.mails: dict[int, bytes] = {}
        self.seen: set[int] = set()
        self.commands: list[str] = []
        peer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"* OK ready\r\n")
                for line in self.rfile:
                    tag, _, rest = line.decode().strip().partition(" ")
                    if not peer.answer(self.wfile, tag, rest):
                        return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def drop(self, data: bytes) -> None:
        """A mail falls in."""
        self.mails[len(self.mails) + 1] = data

    def answer(self, out: Any, tag: str, rest: str) -> bool:
        """One command; False: the connection ends."""
        name = rest.split(" ")[0].upper()
        self.commands.append("LOGIN" if name == "LOGIN" else rest)
        word = "OK"
        if name == "CAPABILITY":
            out.write(b"* CAPABILITY IMAP4rev1\r\n")
        elif name == "LOGIN":
            word = "OK" if rest == f'LOGIN {self.user} "{self.password}"' else "NO"
        elif name == "SELECT":
            word = "OK" if rest == 'SELECT "INBOX"' else "NO"
            out.write(f"* {len(self.mails)} EXISTS\r\n".encode())
        elif name == "UID":
            self._uid(out, rest)
        elif name == "LOGOUT":
            out.write(b"* BYE\r\n")
        out.write(f"{tag} {word} done\r\n".encode())
        return name != "LOGOUT"

    def _uid(self, out: Any, rest: str) -> None:
        if rest == "UID SEARCH UNSEEN":
            waiting = " ".join(str(uid) for uid in sorted(self.mails.keys() - self.seen, reverse=True))
            out.write(f"* SEARCH {waiting}\r\n".encode())
            return
        fetch = re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", rest)
        store = re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\Seen\)", rest)
        if fetch:
            uid = int(fetch[1])
            data = self.mails[uid][: int(fetch[2])]
            out.write(f"* {uid} FETCH (UID {uid} BODY[]<0> {{{len(data)}}}\r\n".encode() + data + b")\r\n")
        elif store:
            self.seen.add(int(store[1]))
