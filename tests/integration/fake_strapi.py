"""The one thing here that is not real: a server that plays Strapi's products. It misbehaves on demand,
as the real one does only when it is unlucky: takes a request and hangs up, fails for one entry, asks
for patience, answers "created" for what its database then did not keep.

A rule is a function of (store, request) that returns an answer, or None for the usual one. It may
also return HANG_UP: the connection is closed without an answer."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

HANG_UP = object()
PATH = "/api/products"


def answer(status, body=None, **headers):
    return status, body, {name.replace("_", "-"): str(value) for name, value in headers.items()}


def failure(status, name, message, **headers):
    return answer(status, {"data": None, "error": {"status": status, "name": name, "message": message}}, **headers)


class Request:
    """method, path, query (list of pairs), fields (of the body), barcode, and the how-manieth of its
    connection it is, among those of its method."""

    def __init__(self, method, target, body, number):
        parts = urlsplit(target)
        self.method = method
        self.path = unquote(parts.path)
        self.query = parse_qsl(parts.query, keep_blank_values=True)
        self.body = json.loads(body) if body else None
        self.fields = self.body["data"] if body else {}
        self.number = number

    @property
    def barcodes(self):
        """What it asks for, or writes."""
        if self.method == "POST":
            return [self.fields["barcode"]]
        return [value for name, value in self.query if name.startswith("filters[barcode][$in]")]


class FakeStrapi:
    def __init__(self):
        self.lock = threading.Lock()
        self.rule = None
        self.requests = []  # (method, barcodes, what became of it), in order
        self.entries = {}  # barcode: entry
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    # What tests ask. Under the lock, so that a rule is never in the middle of something.

    def posts(self):
        """{barcode: how many POSTs of it came in}"""
        with self.lock:
            return Counter(barcodes[0] for method, barcodes, _ in self.requests if method == "POST")

    def count(self, what):
        with self.lock:
            return sum(1 for _, _, became in self.requests if became == what)

    def stored(self):
        with self.lock:
            return {barcode: dict(entry) for barcode, entry in self.entries.items()}

    def history(self, barcode):
        """[(method, what became of it)] of one barcode, in order."""
        with self.lock:
            return [(method, became) for method, barcodes, became in self.requests if barcode in barcodes]

    # The way Strapi answers.

    def handle(self, request):
        with self.lock:
            reply = self.rule(self, request) if self.rule else None
            if reply is None:
                reply = self.usual(request)
            became = "hung up" if reply is HANG_UP else reply[0]
            self.requests.append((request.method, request.barcodes, became))
            return reply

    def usual(self, request):
        if not request.path.startswith(PATH):
            return failure(404, "NotFoundError", "Not Found")
        if request.method == "GET":
            return self.look_up(request)
        if request.method == "POST":
            return self.create(request)
        return self.update(request)

    def look_up(self, request):
        found = [self.entries[b] for b in request.barcodes if b in self.entries]
        page = {"page": 1, "pageSize": 100, "pageCount": 1, "total": len(found)}
        return answer(200, {"data": found, "meta": {"pagination": page}})

    def create(self, request):
        barcode = request.fields["barcode"]
        if barcode in self.entries:
            # What a unique index does.
            return failure(500, "InternalServerError", "Internal Server Error")
        return answer(201, {"data": self.store(request), "meta": {}})

    def store(self, request):
        barcode = request.fields["barcode"]
        number = len(self.entries) + 1
        self.entries[barcode] = {
            "id": number,
            "documentId": f"document{number}",
            **request.fields,
            "updatedAt": f"2026-01-01T00:00:{number % 60:02}.000Z",
        }
        return self.entries[barcode]

    def update(self, request):
        document = request.path.rpartition("/")[2]
        for entry in self.entries.values():
            if entry["documentId"] == document:
                entry.update(request.fields)
                return answer(200, {"data": entry, "meta": {}})
        return failure(404, "NotFoundError", "Not Found")


def handler(fake):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self):
            super().setup()
            self.numbers = Counter()

        def serve(self):
            self.numbers[self.command] += 1
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = fake.handle(Request(self.command, self.path, body, self.numbers[self.command]))
            if reply is HANG_UP:
                self.close_connection = True
                return
            status, content, headers = reply
            # About what a real one takes; a look-up must not be faster than the writes it follows.
            time.sleep(0.002)
            content = json.dumps(content).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = serve

        def log_message(self, *_):
            pass

    return Handler
