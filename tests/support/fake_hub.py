"""A hub on this machine with one model: as much of the hub's protocol as a download asks for, and what was asked."""

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """Where it is, and the files that were asked for."""

    url: str
    fetched: list[str] = field(default_factory=list)


@contextlib.contextmanager
def serve(folder: Path, name: str) -> Iterator[Hub]:
    """Serve a folder as the model ``name`` (ORG/MODEL) at revision ``main``."""
    files = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*")) if file.is_file()}
    hub = Hub("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.startswith(f"/api/models/{name}/revision/"):
                siblings = [{"rfilename": path} for path in files]
                self._answer(json.dumps({"id": name, "sha": COMMIT, "siblings": siblings}).encode())
                return
            if self.path.startswith(f"/api/models/{name}/tree/"):
                entries = [
                    {"type": "file", "path": p, "size": f.stat().st_size, "oid": COMMIT} for p, f in files.items()
                ]
                self._answer(json.dumps(entries).encode())
                return
            path = self.path.partition(f"/{name}/resolve/")[2].partition("/")[2].partition("?")[0]
            if path not in files:
                self.send_error(404)
                return
            if self.command == "GET":
                hub.fetched.append(path)
            self._answer(files[path].read_bytes())

        do_HEAD = do_GET  # noqa: N815 - the library's name

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("ETag", f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
