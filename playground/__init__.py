"""A local stand-in for one Slack workspace: Web API, Socket Mode, signed events, and a page in the browser.

It imports nothing of the house, and only the command line starts it. It is not Slack: see docs/playground.md.
"""

from playground.server import Playground, PlaygroundSettings

__all__ = ["Playground", "PlaygroundSettings"]
