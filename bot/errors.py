"""What can go wrong, told apart by who must hear of it.

Exception
├── StartFailed          whoever starts the app reads it
├── UserError            the person who asked reads `sentence`
│   └── NotAllowed       with who may
└── SlackFailure         Slack did not do what we asked
    ├── Refused          it certainly did not happen, and may later
    ├── Permanent        it certainly did not happen, and never will
    └── Uncertain        it may have happened: nobody knows
"""


class StartFailed(Exception):
    """The application cannot start; the message is one sentence that says what to do."""


class UserError(Exception):
    """A problem that the person who asked can do something about.

    `sentence` says what; `corrected` is the line as it would have worked, where there is one.
    """

    def __init__(self, sentence: str, corrected: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.corrected = corrected


class NotAllowed(UserError):
    """This is for the one who asked the question to do; `closes_at` is when others may, or when it needs nobody."""

    def __init__(self, deed: str, starter: str, closes_at: int | None = None) -> None:
        super().__init__(f"Only whoever asked the question can {deed}.")
        self.deed = deed
        self.starter = starter
        self.closes_at = closes_at


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
