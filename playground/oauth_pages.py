"""The pages of Slack's that a browser sees when somebody installs the app: choose a workspace, allow or cancel."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from playground.grants import GrantError, Grants
from playground.identity import APP_ID, Team

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Referrer-Policy": "no-referrer"}
STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}"
    "li{margin:.75rem 0}a{color:#1d4ed8}"
)


class OAuthPages:
    """`/oauth/v2/authorize` and where its links lead."""

    def __init__(self, grants: Grants, name: str, teams: Sequence[Team]) -> None:
        self._grants = grants
        self._name = name
        self._teams = {team.id: team for team in teams}

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Serve the pages."""
        router.add_get("/oauth/v2/authorize", self._authorize)
        router.add_get("/oauth/v2/allow", self._allow)
        router.add_get("/app_redirect", self._open)

    async def _authorize(self, request: web.Request) -> web.Response:
        try:
            scopes = self._grants.check_request(request.query)
        except GrantError as error:
            return _page("Something is wrong", f"<p>Error: <code>{escape(error.code)}</code></p>", 400)
        asked = dict(request.query)
        choices = [(f"Allow in {team.name}", {"team": team.id}) for team in self._teams.values()]
        choices += [
            (f"Allow in the organisation of {team.name}", {"team": team.id, "organisation": "1"})
            for team in self._teams.values()
            if team.enterprise
        ]
        links = [f'<li><a href="/oauth/v2/allow?{escape(urlencode(asked | more))}">{escape(words)}</a></li>'
                 for words, more in choices]  # fmt: skip
        back = urlencode({"error": "access_denied", "state": asked.get("state", "")})
        links.append(f'<li><a href="{escape(asked["redirect_uri"])}?{escape(back)}">Cancel</a></li>')
        body = f"<p>It asks for: <code>{escape(', '.join(scopes))}</code></p><ul>{''.join(links)}</ul>"
        return _page(f"{self._name} wants to be installed", body)

    async def _allow(self, request: web.Request) -> web.Response:
        """Ada allows it; `user` and a shorter `scope` are for tests."""
        asked = request.query
        team = self._teams.get(asked.get("team", ""))
        try:
            scopes = self._grants.check_request(asked)
        except GrantError as error:
            return _page("Something is wrong", f"<p>Error: <code>{escape(error.code)}</code></p>", 400)
        if team is None:
            return _page("Something is wrong", "<p>Error: <code>team_not_found</code></p>", 400)
        user, for_organisation = asked.get("user", "U0ADA"), "organisation" in asked
        redirect_uri = asked["redirect_uri"]
        code = self._grants.allow(team, user, scopes, redirect_uri, for_organisation=for_organisation)
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return web.Response(status=302, headers={"Location": f"{redirect_uri}?{back}", **HEADERS})

    async def _open(self, request: web.Request) -> web.Response:
        team, app = self._teams.get(request.query.get("team", "")), request.query.get("app")
        if app != APP_ID:
            return _page("Something is wrong", "<p>Error: <code>app_not_found</code></p>", 404)
        return web.Response(status=302, headers={"Location": team.prefix + "/" if team else "/"})


def _page(heading: str, body: str, status: int = 200) -> web.Response:
    text = f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(heading)}</title><style>{STYLE}</style>"
    return web.Response(
        text=f"{text}<h1>{escape(heading)}</h1>{body}</html>", content_type="text/html", status=status, headers=HEADERS
    )
