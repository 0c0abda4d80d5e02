"""What can be set from outside: every wrong value is one sentence, and three documents list the same names."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.config import BadSetting, Settings, load
from tests.processes import Forked

ROOT = Path(__file__).parent.parent
BOT, APP, PASSWORD = "xoxb-1-canary", "xapp-1-canary", "pw-canary"
KEY = "c2VjcmV0LWNhbmFyeS1zZWNyZXQtY2FuYXJ5LXNlY3I="
HTTP = {
    "SLACK_SIGNING_SECRET": "canary",
    "SLACK_APP_ID": "A0VERDICTS",
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "canary",
    "PUBLIC_URL": "https://verdicts.example.com/",
    "ENCRYPTION_KEYS": KEY,
}
POSTGRESQL = f"postgresql://ada:{PASSWORD}@127.0.0.1:9/verdicts"
NAMES = {field: "VERDICTS_DATA_DIR" if field == "data_dir" else field.upper() for field in Settings.model_fields}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing set in the environment, and a folder without `.env`."""
    for name in NAMES.values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("named", "environment"),
    [
        ("SLACK_BOT_TOKEN", {"SLACK_BOT_TOKEN": f"xoxp-{BOT}", "SLACK_APP_TOKEN": APP}),
        ("SLACK_BOT_TOKEN", {"SLACK_APP_TOKEN": APP}),
        ("SLACK_BOT_TOKEN", {"SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": APP}),
        ("SLACK_APP_TOKEN", {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": BOT}),
        ("SLACK_APP_TOKEN", {"SLACK_BOT_TOKEN": BOT}),
        ("SLACK_API_URL", {"SLACK_API_URL": f"slack.com/{BOT}"}),
        ("SLACK_API_URL", {"SLACK_API_URL": f"ftp://{BOT}"}),
        ("SLACK_API_URL", {"SLACK_API_URL": "https:///api/"}),
        ("SLACK_API_URL", {"SLACK_API_URL": f"https://[{BOT}/"}),
        ("SLACK_API_URL", {"SLACK_API_URL": "https://slack.com:port/"}),
        ("DATABASE_URL", {"DATABASE_URL": f"mysql://ada:{PASSWORD}@localhost/verdicts"}),
        ("DATABASE_URL", {"DATABASE_URL": f"{PASSWORD}.db"}),
        ("PORT", {"PORT": BOT}),
        ("PORT", {"PORT": "70000"}),
        ("PORT", {"PORT": "-1"}),
        ("LOG_LEVEL", {"LOG_LEVEL": BOT}),
        ("LOG_FORMAT", {"LOG_FORMAT": BOT}),
        *[(name, {other: value for other, value in HTTP.items() if other != name}) for name in HTTP],
        ("SLACK_BOT_TOKEN", {**HTTP, "SLACK_BOT_TOKEN": BOT}),
        ("SLACK_APP_TOKEN", {**HTTP, "SLACK_APP_TOKEN": APP}),
        ("SLACK_SIGNING_SECRET", {"SLACK_CLIENT_ID": "1.2"}),
        ("SLACK_APP_ID", {**HTTP, "SLACK_APP_ID": "canary"}),
        ("SLACK_CLIENT_ID", {**HTTP, "SLACK_CLIENT_ID": "<canary>"}),
        ("PUBLIC_URL", {**HTTP, "PUBLIC_URL": "http://verdicts.example.com"}),
        ("PUBLIC_URL", {**HTTP, "PUBLIC_URL": "https://verdicts.example.com/canary"}),
        ("PUBLIC_URL", {**HTTP, "PUBLIC_URL": "https://ada:canary@verdicts.example.com"}),
        ("ENCRYPTION_KEYS", {**HTTP, "ENCRYPTION_KEYS": "canary"}),
        ("ENCRYPTION_KEYS", {**HTTP, "ENCRYPTION_KEYS": f"{KEY},{KEY[:-4]}"}),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_its_setting(
    monkeypatch: pytest.MonkeyPatch, named: str, environment: dict[str, str]
) -> None:
    """A wrong or missing value is one sentence that begins with the setting's name and repeats no secret."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(BadSetting) as problem:
        load()

    sentence = str(problem.value)
    assert sentence.startswith(f"{named} ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "canary" not in sentence


@pytest.mark.parametrize(
    ("named", "command", "environment"),
    [
        ("LOG_LEVEL", "run", {"LOG_LEVEL": "loud"}),
        ("SLACK_BOT_TOKEN", "run", {}),
        ("DATABASE_URL", "run", {"DATABASE_URL": POSTGRESQL}),
        ("DATABASE_URL", "run", {"DATABASE_URL": POSTGRESQL.replace(":9/", ":port/")}),
        ("DATABASE_URL", "catalogue import .", {"DATABASE_URL": POSTGRESQL}),
        ("VERDICTS_DATA_DIR", "run", {"VERDICTS_DATA_DIR": "a-file"}),
        ("VERDICTS_DATA_DIR", "run", {"VERDICTS_DATA_DIR": "broken"}),
        ("VERDICTS_DATA_DIR", "playground", {"VERDICTS_DATA_DIR": "a-file"}),
        ("HOST", "playground", {"HOST": "192.0.2.1", "PORT": "0"}),
    ],
)
async def test_a_value_that_leads_nowhere_is_one_line_and_no_traceback(
    tmp_path: Path, named: str, command: str, environment: dict[str, str]
) -> None:
    """What only turns out at the start ends it with exit code 2 and one line, too."""
    (tmp_path / "a-file").touch()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "verdicts.db").write_bytes(b"this is no database " * 100)
    (tmp_path / "tool.yaml").write_bytes((ROOT / "db" / "starter" / "cursor.yaml").read_bytes())
    tokens = {} if named in {"SLACK_BOT_TOKEN", "HOST"} else {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP}

    async with Forked(tmp_path, *command.split(), **tokens, **environment) as process:
        code = await process.ended()

    assert (code, process.err.count("\n")) == (2, 1), process.err
    assert process.err.startswith(f"{named} ")
    assert "canary" not in process.out + process.err


def test_secrets_are_in_no_repr() -> None:
    """Neither the settings nor an error about them show a token or the database's password."""
    settings = load(slack_bot_token=BOT, slack_app_token=APP, database_url=POSTGRESQL)

    assert settings.has_slack
    assert "canary" not in repr(settings) + str(settings) + f"{settings.slack_bot_token!r}"
    with pytest.raises(ValidationError) as frozen:
        settings.slack_bot_token = None  # type: ignore[misc]  # that it is frozen is what is shown
    assert "canary" not in str(frozen.value)


def test_http_mode_needs_no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all of its settings it is HTTP mode; the address loses its last slash, the newest key comes first."""
    for name, value in HTTP.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{KEY}, {'A' * 43}=")

    settings = load()

    assert settings.serves_http
    assert settings.has_slack
    assert settings.public_url == "https://verdicts.example.com"
    assert [key[:6] for key in settings.keys] == [b"secret", bytes(6)]
    assert "canary" not in repr(settings)


def test_names_are_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small letters for a level, an address without its last slash, the old name of PostgreSQL, an empty value."""
    for name, value in {
        "LOG_LEVEL": "debug",
        "SLACK_API_URL": "http://localhost:3000/api",
        "DATABASE_URL": "postgres://localhost/verdicts",
        "PORT": "",
    }.items():
        monkeypatch.setenv(name, value)

    settings = load()

    assert settings.log_level == "DEBUG"
    assert settings.slack_api_url == "http://localhost:3000/api/"
    assert settings.database == "postgresql://localhost/verdicts"
    assert settings.port == 3000


def test_the_example_file_lists_every_setting_at_its_default(tmp_path: Path) -> None:
    """`.env.example`, uncommented, sets what is set anyway; each name stands under its description."""
    paragraphs = (ROOT / ".env.example").read_text("utf-8").rstrip("\n").split("\n\n")[1:]
    listed: dict[str, str] = {}
    for paragraph in paragraphs:
        *described, assignment = [line.removeprefix("# ") for line in paragraph.split("\n")]
        listed[assignment.partition("=")[0]] = " ".join(described)
        with Path(".env").open("a") as uncommented:
            uncommented.write(f"{assignment}\n")

    assert listed == {NAMES[field]: one.description for field, one in Settings.model_fields.items()}
    assert load() == Settings(_env_file=None)


def test_the_readme_lists_every_setting() -> None:
    """README's table has every setting with its default and its description, and nothing else."""
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    begin = lines.index("| Setting | Default | Meaning |") + 2
    rows = []
    for line in lines[begin:]:
        if not line.startswith("|"):
            break
        rows.append(tuple(cell.strip() for cell in line.strip("|").split("|")))

    expected = []
    for field, one in Settings.model_fields.items():
        default = "—" if one.default is None else f"`{one.default}`"
        if isinstance(one.default, Path):
            default = "your system's folder for an app's data"
        expected.append((f"`{NAMES[field]}`", default, one.description))
    assert rows == expected
