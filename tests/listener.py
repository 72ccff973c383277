"""A small HTTP server in a process of its own that notes every request.

It has its own process because GDAL may hold Python's lock while it waits for an answer: a thread
of the same process could then never answer, and the test would not end.
"""

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Listener:
    """Keeps the paths that are asked of a port of the loopback interface in the file ``log``."""

    def __init__(self, log):
        self.log = Path(log)
        self.log.touch()
        command = [sys.executable, __file__, str(self.log)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}/x"

    @property
    def requests(self):
        """The paths asked for since the last clear."""
        return self.log.read_text().splitlines()

    def clear(self):
        """Forget the requests so far."""
        self.log.write_text("")

    def close(self):
        """End the server."""
        self.process.kill()
        self.process.communicate()


class Handler(BaseHTTPRequestHandler):
    """Notes the path and answers that there is nothing."""

    def do_GET(self):
        """Note a request."""
        with Path(sys.argv[1]).open("a", encoding="utf-8") as log:
            log.write(self.path + "\n")
        self.send_error(404)

    do_HEAD = do_POST = do_GET  # noqa: N815

    def log_message(self, *_):
        """Print nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
