"""Which emoji names Slack knows, and under which name it keeps one that has several.

Slack's set is iamcal/emoji-data; the `emoji` package carries the same short names as its aliases. Where the package
has an alias, its own long name ("keycap_1") is not Slack's, with the exceptions below.
"""

import re
from functools import cache

import emoji

CANONICAL = {
    "thumbsup": "+1",
    "thumbsdown": "-1",
    "satisfied": "laughing",
    "poop": "hankey",
    "shit": "hankey",
    "collision": "boom",
    "punch": "facepunch",
    "honeybee": "bee",
    "telephone": "phone",
    "pencil": "memo",
    "raised_hand": "hand",
    "open_book": "book",
    "sailboat": "boat",
    "red_car": "car",
    "flipper": "dolphin",
    "paw_prints": "feet",
    "shoe": "mans_shoe",
    "running": "runner",
    "tshirt": "shirt",
    "heavy_exclamation_mark": "exclamation",
    "thinking": "thinking_face",
    "hugs": "hugging_face",
    "roll_eyes": "face_with_rolling_eyes",
    "ten": "keycap_ten",
}
ALSO_SLACK = {
    "thinking_face", "hugging_face", "face_with_rolling_eyes", "keycap_ten", "hankey", "simple_smile",
    "large_green_circle", "large_yellow_circle", "large_orange_circle", "large_purple_circle", "large_brown_circle",
    "large_green_square", "large_yellow_square", "large_red_square", "speech_balloon",
    "white_check_mark", "heavy_check_mark", "no_entry_sign", "ship", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "zero", "x", "o", "first_place_medal", "second_place_medal", "third_place_medal",
    "robot_face", "nerd_face", "upside_down_face", "slightly_smiling_face", "handshake", "crossed_fingers",
}  # fmt: skip
_TONE = re.compile(r"(?P<base>[a-z0-9_+'\-]+)(?P<tone>::skin-tone-[2-6])?\Z")


@cache
def _known() -> frozenset[str]:
    names = set(ALSO_SLACK)
    for entry in emoji.EMOJI_DATA.values():
        aliases = entry.get("alias")
        names.update(name.strip(":") for name in (aliases or [entry["en"]]))
    return frozenset(names)


def canonical(name: str) -> str | None:
    """The name under which Slack keeps a reaction, tone included; None where it knows no such emoji."""
    match = _TONE.match(name.strip(":"))
    if match is None or match["base"] not in _known():
        return None
    return CANONICAL.get(match["base"], match["base"]) + (match["tone"] or "")
