"""A provider of SMS on loopback, as strict as a real one, and what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Provider:
    """What came in, and how the next requests are answered (200 when nothing is said)."""

    url: str = ""
    came: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@contextmanager
def provider() -> Iterator[Provider]:
    """The provider while inside."""
    here = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            here.came.append(body)
            here.tokens.append(self.headers.get("Authorization", ""))
            code = here.answers.pop(0) if here.answers else 200
            answer = json.dumps({"id": f"sms-{len(here.came)}"}).encode()
            self.send_response(code)
            if code == 302:
                self.send_header("Location", here.url)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.url = f"http://127.0.0.1:{server.server_port}/sms"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
