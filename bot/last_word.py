"""The last thing that a person reads must be true, though of two answers under way either may arrive last."""

from collections.abc import Awaitable, Callable

from bot.views.kit import Message


async def say_until_so(
    read: Callable[[], Awaitable[Message]], say: Callable[[Message], Awaitable[None]], most: int
) -> None:
    """Say what `read` gives, and again while it has changed since; at most so many times.

    Two presses of one person, perhaps heard by two replicas, are answered side by side. Whoever is overtaken by the
    other's answer reads anew afterwards, and so has the last word with what is so now. `most` keeps to the five
    answers that Slack takes for one press (https://docs.slack.dev/interactivity/handling-user-interaction).
    """
    said: Message | None = None
    for _ in range(most):
        so = await read()
        if so == said:
            return
        await say(so)
        said = so
