"""The pages through which somebody installs the app: off to Slack, and back with a code that becomes a token."""

import hmac
import time
from collections import Counter
from collections.abc import Mapping
from typing import Final

import structlog

from bot.errors import Permanent, SlackFailure
from bot.installations import STATE_SECONDS
from bot.installer import Installer, NotInstalled
from bot.transport import INSTALL_PATH, INSTALLED_PATH
from bot.transport.http import Answer, Page, Visit
from bot.views import pages

log = structlog.get_logger(__name__)

HTML: Final = "text/html; charset=utf-8"
# The prefix makes browsers refuse it from other hosts and without https: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
COOKIE: Final = "__Host-verdicts-state"
MOST_OF_AN_ADDRESS = 60  # in ten minutes; a whole office may be one address
TOO_MANY = "Too many installations were begun here. Please try again in ten minutes."
MOST_CHARACTERS = 500  # of a state or a code; Slack's have about a hundred
BEGIN_AGAIN = "This page was left open for too long, or opened in another browser. Begin again, it takes a minute."


def install_pages(installer: Installer) -> Mapping[str, Page]:
    """The front page, the way to Slack, and the way back, by their paths."""

    async def front(_: Visit) -> Answer:
        return _html(pages.welcome(INSTALL_PATH))

    begun = _Begun()

    async def to_slack(visit: Visit) -> Answer:
        way = await installer.begin() if begun.may(visit.address) else None
        if way is None:
            log.warning("installation not begun", reason="too_many")
            page = _html(pages.not_installed(TOO_MANY, INSTALL_PATH), 429)
            return Answer(page.body, page.status, HTML, {**page.headers, "retry-after": str(STATE_SECONDS)})
        begun.count(visit.address)
        state, address = way
        headers = {"location": address, "cache-control": "no-store", "set-cookie": _cookie(state, 600)}
        return Answer(status=302, headers=headers)

    async def from_slack(visit: Visit) -> Answer:
        try:
            page = await _come_back(installer, visit)
        except NotInstalled as problem:
            log.warning("not installed", reason=problem.reason)
            page = _html(pages.not_installed(str(problem), INSTALL_PATH), problem.status)
        return Answer(page.body, page.status, HTML, {**page.headers, "set-cookie": _cookie("", 0)})

    return {"/": front, INSTALL_PATH: to_slack, INSTALLED_PATH: from_slack}


class _Begun:
    """How often each address has begun in the present ten minutes."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._times: Counter[str] = Counter()

    def may(self, address: str) -> bool:
        """Whether there is a place for one more."""
        if time.monotonic() - self._since >= STATE_SECONDS:
            self._since = time.monotonic()
            self._times.clear()
        return self._times[address] < MOST_OF_AN_ADDRESS

    def count(self, address: str) -> None:
        """It has begun once more."""
        self._times[address] += 1


async def _come_back(installer: Installer, visit: Visit) -> Answer:
    state, cookie = visit.query.get("state", ""), visit.cookies.get(COOKIE, "")
    if "error" in visit.query:
        # What stands there is not shown: anybody may have written it into a link.
        raise NotInstalled("You said no at Slack’s page, or an admin has to allow the app first.", "refused", 200)
    if not state or len(state) > MOST_CHARACTERS or not hmac.compare_digest(state.encode(), cookie.encode()):
        raise NotInstalled(BEGIN_AGAIN, "another_browser")
    if not await installer.came_back(state):
        raise NotInstalled(BEGIN_AGAIN, "state_used_or_old")
    code = visit.query.get("code", "")
    if not code or len(code) > MOST_CHARACTERS:
        raise NotInstalled(BEGIN_AGAIN, "no_code")
    try:
        installed = await installer.install(code)
    except Permanent as failure:
        raise NotInstalled(BEGIN_AGAIN, failure.code) from None
    except SlackFailure as failure:
        raise NotInstalled("Slack did not answer. Please try again in a minute.", failure.code, 502) from None
    show = pages.installed_for_organisation if installed.is_organisation else pages.installed
    return _html(show(installed.name, installed.open_url))


def _html(body: bytes, status: int = 200) -> Answer:
    return Answer(body, status, HTML, pages.HEADERS)


def _cookie(state: str, seconds: int) -> str:
    return f"{COOKIE}={state}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax"
