"""What can go wrong, told apart by who must hear of it.

Exception
├── UserError            the person who asked reads `sentence`
│   ├── NotInChannel     with the way to let the bot in
│   └── NotAllowed       with who may
└── SlackFailure         Slack did not do what we asked
    ├── Refused          it certainly did not happen, and may later
    ├── Permanent        it certainly did not happen, and never will
    └── Uncertain        it may have happened: nobody knows
"""


class UserError(Exception):
    """A problem that the person who asked can do something about.

    `sentence` says what; `corrected` is the line as it would have worked, where there is one.
    """

    def __init__(self, sentence: str, corrected: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.corrected = corrected


class NotAllowed(UserError):
    """This is for somebody else to do; the sentence says who may."""


class SlackFailure(Exception):
    """Slack did not do what was asked. `code` is Slack's own word, or ours where there was no answer."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code


class Refused(SlackFailure):
    """It did not happen; it may, after `retry_after` seconds."""

    def __init__(self, method: str, code: str, retry_after: float) -> None:
        super().__init__(method, code)
        self.retry_after = retry_after


class Permanent(SlackFailure):
    """It did not happen, and asking again will not change that."""


class Uncertain(SlackFailure):
    """The answer was lost or made no sense: it may have happened."""
