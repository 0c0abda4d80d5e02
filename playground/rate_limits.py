"""Slack's rate limits: each method by itself, all channels together, in windows of a minute.

The tiers are Slack's (docs.slack.dev/apis/web-api/rate-limits); where Slack publishes none ("special") or only a
lower bound (tier 1), the figure is the stand-in's own: stated here and in docs/playground.md.
"""

import math
from collections.abc import Mapping
from typing import Any

from playground.clock import Clock

WINDOW = 60.0
PER_MINUTE: dict[int | str, int] = {1: 60, 2: 20, 3: 50, 4: 100, "special": 600, "post": 300}
POST_BURST = 5  # messages that a channel takes at once before it is one a second


class RateLimits:
    """Counts calls; says how many whole seconds to wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}
        self._posts: dict[str, tuple[float, float]] = {}

    def spend(self, method: str, tier: int | str, args: Mapping[str, Any]) -> int:
        """0 where the call may pass, else the seconds of `Retry-After`; a refused call costs nothing."""
        now = self._clock.now()
        begun, count = self._windows.get(method, (now, 0))
        if now - begun >= WINDOW:
            begun, count = now, 0
        if count >= PER_MINUTE[tier]:
            return max(1, math.ceil(begun + WINDOW - now))
        if tier == "post" and (wait := self._post(str(args.get("channel", "")), now)):
            return wait
        self._windows[method] = (begun, count + 1)
        return 0

    def _post(self, channel: str, now: float) -> int:
        at, left = self._posts.get(channel, (now, float(POST_BURST)))
        left = min(float(POST_BURST), left + now - at)
        if left < 1:
            return max(1, math.ceil(1 - left))
        self._posts[channel] = (now, left - 1)
        return 0
