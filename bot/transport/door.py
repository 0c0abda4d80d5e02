"""What may come in by HTTP: only what Slack has signed, in a size and a form that Slack sends.

It stands before Bolt, whose check answers 500 with a traceback to a garbled timestamp and writes the body of an
unsigned request to the log. Nothing of a body is in what this raises.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

MOST_BYTES = 1 << 20  # four times the largest thing that Slack sends, a view of 250 KB
MOST_FIELDS = 50  # of a form; a slash command has about fifteen
MOST_DEEP = 100  # levels of JSON; blocks within rich text need about fifteen
OLDEST_SECONDS = 300  # https://docs.slack.dev/authentication/verifying-requests-from-slack

_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")
_BRACKET_OR_TEXT = re.compile(rb'[\[\]{}]|"(?:[^"\\]|\\.)*"')


class Turned(Exception):
    """A request that is not let in; `status` is the answer, `reason` a word for the log."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def look_at_headers(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Turn away by its headers alone what is too large or packed. Raises Turned."""
    for name, value in headers:
        if name == b"content-length" and (not value.isdigit() or len(value) > 12 or int(value) > MOST_BYTES):
            raise Turned(413, "too_large")
        if name == b"content-encoding" and value.lower() != b"identity":
            raise Turned(400, "packed")  # Slack packs nothing, and a small body could become a huge one


def is_certificate_check(body: bytes) -> bool:
    """Whether Slack only looks whether our certificate is good: it wants an answer, and nothing is done.

    https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    return len(body) < 200 and b"ssl_check=1" in body.split(b"&")


def check_signature(headers: Iterable[tuple[bytes, bytes]], body: bytes, secret: bytes, now: float) -> None:
    """Let in what Slack has signed within the last five minutes; `now` is in Unix seconds. Raises Turned, with 401."""
    stamps = [value for name, value in headers if name == b"x-slack-request-timestamp"]
    signatures = [value for name, value in headers if name == b"x-slack-signature"]
    if len(stamps) != 1 or len(signatures) != 1:
        raise Turned(401, "not_signed")
    stamp, signature = stamps[0], signatures[0]
    if not _TIMESTAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(signature):
        raise Turned(401, "garbled_signature")
    if abs(now - int(stamp)) > OLDEST_SECONDS:
        raise Turned(401, "stale")
    right = "v0=" + hmac.new(secret, b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right.encode(), signature):
        raise Turned(401, "wrong_signature")


def check_form(content_type: bytes, body: bytes) -> None:
    """Let in JSON objects, and forms, that can be read in one way only. Raises Turned, with 400."""
    kind = content_type.partition(b";")[0].strip().lower()
    try:
        if kind == b"application/json":
            _check_json(body)
        elif kind == b"application/x-www-form-urlencoded":
            _check_fields(body)
        else:
            raise Turned(400, "wrong_type")
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError, too
        raise Turned(400, "unreadable") from None


def _check_fields(body: bytes) -> None:
    fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    named = dict(fields)
    if len(named) != len(fields):
        raise ValueError("a field stands twice")
    if "payload" in named:
        _check_json(named["payload"].encode())


def _check_json(text: bytes) -> None:
    if text.count(b"[") + text.count(b"{") > MOST_DEEP and _depth(text) > MOST_DEEP:
        raise ValueError("too deep")
    if not text.lstrip().startswith(b"{"):
        raise ValueError("not an object")
    json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)


def _depth(text: bytes) -> int:
    deepest = depth = 0
    for part in _BRACKET_OR_TEXT.finditer(text):
        if part[0] in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif part[0] in b"]}":
            depth -= 1
    return deepest


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
