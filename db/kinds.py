"""Kinds of people, and what may become of their votes, as the tables spell them."""

from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["member", "guest", "external"]
KindOrOut: TypeAlias = Kind | Literal["out"]  # out: a bot, or somebody who is deactivated
Treatment: TypeAlias = Literal["counted", "apart", "out"]
