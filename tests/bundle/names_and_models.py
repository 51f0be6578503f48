"""A name server and a chat endpoint over TLS, for a bridge that has nothing but them.

    names_and_models.py ADDRESS CERTIFICATE KEY READY

Every name has ADDRESS. The reply to every question is "safe". READY is made when both listen.
SPDX-License-Identifier: MIT
"""

import http.server
import json
import socket
import ssl
import sys
import threading

address, certificate, key, ready = sys.argv[1:]


def answer_names(names):
    """Answers questions for A records (RFC 1035); others get an empty answer."""
    while True:
        question, peer = names.recvfrom(512)
        end = question.index(0, 12) + 5
        is_a = question[end - 4 : end] == b"\0\1\0\1"
        head = question[:2] + b"\x81\x80\0\1" + (b"\0\1" if is_a else b"\0\0") + b"\0\0\0\0"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(address)
        names.sendto(head + question[12:end] + (record if is_a else b""), peer)


class Models(http.server.BaseHTTPRequestHandler):
    """Answers whatever is asked."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"choices": [{"index": 0, "message": {"content": "safe"}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        pass


names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
names.bind((address, 53))
threading.Thread(target=answer_names, args=(names,), daemon=True).start()
server = http.server.HTTPServer((address, 443), Models)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
open(ready, "w").close()
server.serve_forever()
