#!/usr/bin/env python3
"""A server of the chat API whose model is a template: template_server.py FOLDER TEMPLATES.

The engine is the one that servers of models use, with their settings, and TEMPLATES is a folder of templates as the models'
cards have them: /NAME/v1/chat/completions has the request's messages put into NAME.jinja, with room for 400 tokens of 3
bytes. What the template refuses is answered as vLLM does. Else the reply is "ok"; but 500 where the user's last words end in
"fail", and a reply that begins and does not end where they end in "hang". FOLDER/port is where it listens on 127.0.0.1;
FOLDER/prompts has what the templates made, one JSON text a line.

SPDX-License-Identifier: MIT
"""
import http.server
import json
import pathlib
import sys

import jinja2.exceptions
import jinja2.sandbox

FOLDER, TEMPLATES = (pathlib.Path(word) for word in sys.argv[1:3])
ROOM = 400


def refuse(message):
    raise jinja2.exceptions.TemplateError(message)


def render(name, messages):
    engine = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    engine.globals["raise_exception"] = refuse
    template = engine.from_string((TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8"))
    return template.render(messages=messages, bos_token="<s>", eos_token="</s>", add_generation_prompt=True)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer_error(self, status, words):
        body = json.dumps({"object": "error", "message": words, "code": status}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def say(self, delta, reason):
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        self.wfile.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
        self.wfile.flush()

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = self.path.split("/")[1]
        try:
            prompt = render(name, request["messages"])
        except jinja2.exceptions.TemplateError as error:
            self.answer_error(400, str(error))
            return
        asked = len(prompt.encode()) // 3
        if asked > ROOM:
            self.answer_error(400, f"This model's maximum context length is {ROOM} tokens. However, you requested "
                              f"{asked} tokens in the messages. Please reduce the length of the messages.")
            return
        with open(FOLDER / "prompts", "a", encoding="utf-8") as prompts:
            prompts.write(json.dumps([name, prompt]) + "\n")
        words = request["messages"][-1]["content"]
        if words.endswith("fail"):
            self.answer_error(500, "no luck")
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.say({"role": "assistant", "content": "ok"}, None)
        if words.endswith("hang"):
            self.connection.settimeout(60)
            self.rfile.read(1)
            return
        self.say({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
(FOLDER / "port.new").write_text(str(server.server_port))
(FOLDER / "port.new").rename(FOLDER / "port")
server.serve_forever()
