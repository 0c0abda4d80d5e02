"""Settings: one frozen value, read once from the environment and `.env`."""

import base64
import binascii
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = ("127.0.0.1", "localhost", "::1")
OF_HTTP_MODE = ("slack_signing_secret", "slack_app_id", "slack_client_id", "slack_client_secret")  # of nothing else


class BadSetting(Exception):
    """A setting is missing or wrong; the message is one sentence that names it."""


class Settings(BaseSettings):
    """Everything that can be set from outside. `.env.example` lists the same names, held by a test."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    slack_bot_token: SecretStr | None = Field(
        default=None,
        description="The bot token of your Slack app, from OAuth & Permissions. Without it the playground starts.",
    )
    slack_app_token: SecretStr | None = Field(
        default=None,
        description="The app-level token with connections:write, from Basic Information. Socket Mode needs it.",
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        description="Where Slack's Web API answers. Every client uses it, Socket Mode's included.",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        description="HTTP mode, for many workspaces: the signing secret of your Slack app, from Basic Information. "
        "Together with the five settings below it takes the place of the tokens above.",
    )
    slack_app_id: str | None = Field(
        default=None, pattern=r"^A[A-Z0-9]{1,30}$", description="HTTP mode: the app's id, from Basic Information."
    )
    slack_client_id: str | None = Field(
        default=None, pattern=r"^[0-9A-Za-z.]{1,80}$", description="HTTP mode: the client id, from Basic Information."
    )
    slack_client_secret: SecretStr | None = Field(
        default=None, description="HTTP mode: the client secret, from Basic Information."
    )
    public_url: str | None = Field(
        default=None,
        description="HTTP mode: the address under which Slack and browsers reach the bot, such as "
        "https://verdicts.example.com.",
    )
    encryption_keys: SecretStr | None = Field(
        default=None,
        description="HTTP mode: what workspaces' tokens are encrypted with in the database; the output of openssl rand "
        "-base64 32. Several are separated by commas, the newest first.",
    )
    database_url: str | None = Field(
        default=None,
        repr=False,  # it holds a password
        description="A PostgreSQL address, such as postgresql://user:password@host/verdicts. Without it: a SQLite file "
        "in the data folder.",
    )
    data_dir: Path = Field(
        default=Path(platformdirs.user_data_dir("verdicts", appauthor=False)),
        validation_alias=AliasChoices("VERDICTS_DATA_DIR", "data_dir"),
        description="The folder for the SQLite file and the playground's journal. `make run` uses .verdicts.",
    )
    host: str = Field(
        default="127.0.0.1", description="The address on which the playground, HTTP mode and HEALTH_PORT listen."
    )
    port: int = Field(default=3000, ge=0, le=65535, description="The port for it; 0 takes any free one.")
    health_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="A port for /livez, /readyz and /metrics under Socket Mode; 0 takes any free one. Without it they "
        "are not served.",
    )
    replicas: int = Field(
        default=1,
        ge=1,
        description="How many processes use the Slack app under Socket Mode. When Slack counts more connections the "
        "log says so.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="How much the log says: DEBUG, INFO, WARNING or ERROR."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="text for people, json for one JSON object a line."
    )

    @field_validator("slack_api_url")
    @classmethod
    def _a_web_address(cls, url: str) -> str:
        if not url.startswith(("https://", "http://")):
            raise ValueError("must start with https:// or http://")
        parts = urlsplit(url)
        if not parts.hostname or parts.port == 0:  # a port that is no number raises by itself
            raise ValueError("must name a host")
        return url.rstrip("/") + "/"

    @field_validator("public_url")
    @classmethod
    def _an_address_for_browsers(cls, url: str | None) -> str | None:
        return None if url is None else _public(url)

    @field_validator("encryption_keys")
    @classmethod
    def _keys_of_256_bits(cls, keys: SecretStr | None) -> SecretStr | None:
        for key in keys.get_secret_value().split(",") if keys else ():
            try:
                right = len(base64.b64decode(key.strip(), validate=True)) == 32
            except (binascii.Error, ValueError):
                right = False
            if not right:
                raise ValueError("each key must be what `openssl rand -base64 32` prints")
        return keys

    @field_validator("database_url")
    @classmethod
    def _a_database_we_speak(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("postgresql:", "postgresql+psycopg:", "postgres:", "sqlite:")):
            raise ValueError("must start with postgresql:// (or sqlite:///)")
        # Some hosts still hand out the old name, which SQLAlchemy no longer takes.
        return url.replace("postgres:", "postgresql:", 1) if url and url.startswith("postgres:") else url

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @model_validator(mode="after")
    def _tokens_of_the_right_kind(self) -> Self:
        for name, token, start in (
            ("SLACK_BOT_TOKEN", self.slack_bot_token, "xoxb-"),
            ("SLACK_APP_TOKEN", self.slack_app_token, "xapp-"),
        ):
            if token is not None and not token.get_secret_value().startswith(start):
                raise ValueError(f"{name} must start with {start}")
        return self

    @property
    def has_slack(self) -> bool:
        """Whether Slack is to be served, in one mode or the other, and not the playground."""
        return self.serves_http or self.tokens is not None

    @property
    def tokens(self) -> tuple[str, str] | None:
        """The bot's token and the app-level token, for Socket Mode; None unless both are set."""
        if self.slack_bot_token is None or self.slack_app_token is None:
            return None
        return self.slack_bot_token.get_secret_value(), self.slack_app_token.get_secret_value()

    @property
    def serves_http(self) -> bool:
        """Whether Slack comes to us by HTTP, for every workspace that has installed the app."""
        return self.slack_signing_secret is not None

    @property
    def keys(self) -> list[bytes]:
        """The encryption keys, the newest first."""
        given = self.encryption_keys.get_secret_value() if self.encryption_keys else ""
        return [base64.b64decode(key.strip()) for key in given.split(",") if key]

    @property
    def database(self) -> str:
        """The database's address for SQLAlchemy."""
        return self.database_url or f"sqlite:///{self.data_dir / 'verdicts.db'}"

    @property
    def database_setting(self) -> str:
        """The name of the setting that this address comes from."""
        return "DATABASE_URL" if self.database_url else "VERDICTS_DATA_DIR"


def load(**given: object) -> Settings:
    """Read the settings; what is given here wins over the environment. Raises BadSetting, in one sentence."""
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # names and types are checked by pydantic itself
    except ValidationError as error:
        raise BadSetting(_sentence(error)) from None  # the cause would print the values, tokens among them
    if any(getattr(settings, name) is not None for name in OF_HTTP_MODE):
        _require_http_mode(settings)
    elif settings.slack_bot_token is not None and settings.slack_app_token is None:
        raise BadSetting("SLACK_APP_TOKEN is missing: SLACK_BOT_TOKEN is set, and Socket Mode needs both.")
    elif settings.slack_app_token is not None and settings.slack_bot_token is None:
        raise BadSetting("SLACK_BOT_TOKEN is missing: SLACK_APP_TOKEN is set, and Slack needs both.")
    return settings


def load_public_url(url: str) -> str:
    """An address as PUBLIC_URL takes it, without its last slash. Raises BadSetting."""
    try:
        return _public(url)
    except ValueError as error:
        raise BadSetting(f"{url} is no address for Slack: it {error}.") from None


def _public(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("must start with https://")
    if not parts.hostname or parts.port == 0 or parts.path.strip("/") or parts.query or parts.username:
        raise ValueError("must be an address without a path, such as https://verdicts.example.com")
    return url.rstrip("/")


def _require_http_mode(settings: Settings) -> None:
    """All of it or none of it. Raises BadSetting."""
    there = next(name for name in OF_HTTP_MODE if getattr(settings, name) is not None).upper()
    for name in ("slack_bot_token", "slack_app_token"):
        if getattr(settings, name) is not None:
            raise BadSetting(
                f"{name.upper()} and {there} contradict each other: the one is for Socket Mode and one workspace, "
                "the other for HTTP mode and many; unset one of them."
            )
    for name in (*OF_HTTP_MODE, "public_url", "encryption_keys"):
        if getattr(settings, name) is None:
            raise BadSetting(f"{name.upper()} is missing: {there} is set, and HTTP mode needs both.")


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    reason = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return f"{reason}."
    name = str(first["loc"][0]).upper()
    return f"{'VERDICTS_DATA_DIR' if name == 'DATA_DIR' else name} is wrong: {reason[0].lower()}{reason[1:]}."
