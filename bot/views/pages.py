"""What somebody reads in a browser who installs the app: whole pages without a script or anything from elsewhere."""

import base64
import hashlib
from html import escape

STYLE = """
:root { color-scheme: light dark; --ink: #1d2730; --soft: #4d5862; --paper: #f4f1ea; --card: #fffefb; --line: #e3ddd0;
  --act: #0b6b63; --on-act: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaec; --soft: #b3bcc5; --paper: #161a1f; --card: #20262d;
  --line: #2d353d; --act: #63c8ba; --on-act: #06231f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--paper);
  color: var(--ink); font: 1.0625rem/1.6 system-ui, sans-serif; }
main { width: min(34rem, 100%); padding: 2.5rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 1rem; }
.mark { display: flex; align-items: center; gap: .75rem; margin: 0 0 1.75rem; font-weight: 600; color: var(--soft); }
h1 { margin: 0 0 .75rem; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; text-wrap: balance; }
p { margin: 0 0 1rem; color: var(--soft); overflow-wrap: anywhere; }
code { padding: .1rem .35rem; border-radius: .35rem; background: var(--paper); border: 1px solid var(--line);
  color: var(--ink); font-size: .95em; }
a.act { display: inline-block; margin: .75rem 0 0; padding: .7rem 1.25rem; border-radius: .6rem; background: var(--act);
  color: var(--on-act); font-weight: 600; text-decoration: none; }
a.act:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
@media (max-width: 30rem) { main { padding: 1.5rem; } }
"""
MARK = (
    '<svg width="36" height="36" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" '
    'fill="#0b6b63"/><path d="M7.5 10.5 14 22.5 24.5 8" fill="none" stroke="#fffdf7" stroke-width="3.6" '
    'stroke-linecap="round" stroke-linejoin="round"/><circle cx="24" cy="22.6" r="2.4" fill="#f3b63f"/></svg>'
)

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

# The address of a page may hold a code of Slack's: nothing else may learn it, keep it, or show the page in a frame.
HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


def welcome(install_url: str) -> bytes:
    """The front door: what this is, and the way to install it."""
    return _page(
        "Verdicts",
        "Let your team decide which AI tools to ship with",
        "<p>Verdicts is a Slack app. <code>/compare cursor vs zed</code> posts a side-by-side scorecard, your team"
        " votes with emoji, and every subscribed channel gets the week’s verdicts.</p>",
        ("Add to Slack", install_url),
    )


def installed(name: str, open_url: str) -> bytes:
    """It is there, and this is what to do first."""
    return _page(
        "Verdicts is installed",
        f"Verdicts is in {escape(_short(name))}",
        "<p>Type <code>/compare cursor vs zed</code> in any channel to post the first scorecard, or"
        " <code>/verdict help</code> for the rest.</p>",
        ("Open Slack", open_url),
    )


def installed_for_organisation(name: str, open_url: str) -> bytes:
    """It is there for an organisation, whose admins choose the workspaces."""
    return _page(
        "Verdicts is installed",
        f"Verdicts is in {escape(_short(name))}",
        "<p>Now choose the workspaces that may use it: in Slack’s organisation settings, under Integrations and"
        " Installed apps. In each of them, <code>/compare cursor vs zed</code> posts the first scorecard.</p>",
        ("Open Slack", open_url),
    )


def not_installed(sentence: str, install_url: str) -> bytes:
    """It did not come to an installation; the sentence is ours and says why."""
    return _page(
        "Verdicts was not installed",
        "Nothing was installed",
        f"<p>{escape(sentence)}</p>",
        ("Try again", install_url),
    )


def _short(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:79]}…"


def _page(title: str, heading: str, body: str, act: tuple[str, str]) -> bytes:
    words, address = act
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f'<body><main><p class="mark">{MARK}Verdicts</p><h1>{heading}</h1>{body}'
        f'<a class="act" href="{escape(address)}">{escape(words)}</a></main></body></html>'
    ).encode()
