"""Is the relay of a server, with software of others: takes its mail, and confirms a petition by what was mailed.

Usage: mail.py relay PORT FOLDER   takes mail and keeps each message as a file, until it is ended
       mail.py check ADDRESS FOLDER   petitions, waits for the mail, holds it against the standards, confirms
"""

import email
import email.policy
import json
import pathlib
import signal
import sys
import time
import urllib.request


def relay(port, folder):
    from aiosmtpd.controller import Controller

    class Keep:
        async def handle_DATA(self, server, session, envelope):
            name = f"{time.time_ns()}"
            text = json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos}).encode()
            (folder / f"{name}.part").write_bytes(text + b"\n" + envelope.original_content)
            (folder / f"{name}.part").rename(folder / f"{name}.mail")
            return "250 kept"

    controller = Controller(Keep(), hostname="127.0.0.1", port=port)
    controller.start()
    print("taking mail", flush=True)
    signal.pause()


def post(address, path, body, key=None):
    headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
    request = urllib.request.Request(address + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def mailed(folder, recipient):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for kept in sorted(folder.glob("*.mail")):
            head, message = kept.read_bytes().split(b"\n", 1)
            if json.loads(head)["to"] == [recipient]:
                return json.loads(head), email.message_from_bytes(message, policy=email.policy.default)
        time.sleep(0.2)
    raise SystemExit(f"no mail came in 30 s; there is: {[kept.name for kept in folder.iterdir()]}")


def check(address, folder):
    recipient, subject = "wang@mail.example", "夜間門口的路燈不亮"
    said = {
        "kind": "SUGGESTION",
        "subject": subject,
        "body": "請轉知養護單位 𠮷 🙏",
        "petitioner": {"name": "王小明"},
        "contact": {"email": recipient},
    }
    made = post(address, "/v1/petitions", said, "mail-check-1")
    key = {"number": made["number"], "secret": made["secret"]}
    assert post(address, "/v1/petitions:track", key)["status"] == "AWAITING_CONFIRMATION"
    envelope, message = mailed(folder, recipient)
    assert not message.defects, message.defects
    for name in ("From", "To", "Date", "Message-ID", "Subject", "MIME-Version"):
        assert len(message.get_all(name, [])) == 1 and not message[name].defects, f"{name}: {message.get_all(name)}"
    assert message["To"].addresses[0].addr_spec == recipient
    assert message["Auto-Submitted"] == "auto-generated", message["Auto-Submitted"]
    assert envelope["from"] and "@" in envelope["from"]
    text = message.get_body(("plain",)).get_content()
    assert "{" not in text and subject not in text and said["body"] not in text, "the mail tells of the petition"
    link = next(line for line in text.splitlines() if line.startswith("http"))
    petition, code = link.split("#")[1].split(".")
    with urllib.request.urlopen(link.split("#")[0], timeout=30) as page:
        assert "<button" in page.read().decode()
    assert post(address, "/v1/petitions:track", key)["status"] == "AWAITING_CONFIRMATION", "a look at the link confirmed it"
    post(address, f"/v1/petitions/{petition}:confirm", {"code": code}, "mail-check-2")
    assert post(address, "/v1/petitions:track", key)["status"] == "RECEIVED"
    print("a petition was confirmed by mail")


if __name__ == "__main__":
    if sys.argv[1] == "relay":
        relay(int(sys.argv[2]), pathlib.Path(sys.argv[3]))
    else:
        check(sys.argv[2], pathlib.Path(sys.argv[3]))
