"""Settings: one frozen value, read once from the environment and `.env`."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    host: str = Field(default="127.0.0.1", description="The address on which the playground listens.")
    port: int = Field(default=3000, ge=0, le=65535, description="The playground's port; 0 takes any free one.")
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
        """Whether both tokens are set."""
        return self.slack_bot_token is not None and self.slack_app_token is not None

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
    if settings.slack_bot_token is not None and settings.slack_app_token is None:
        raise BadSetting("SLACK_APP_TOKEN is missing: SLACK_BOT_TOKEN is set, and Socket Mode needs both.")
    if settings.slack_app_token is not None and settings.slack_bot_token is None:
        raise BadSetting("SLACK_BOT_TOKEN is missing: SLACK_APP_TOKEN is set, and Slack needs both.")
    return settings


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    reason = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return f"{reason}."
    name = str(first["loc"][0]).upper()
    return f"{'VERDICTS_DATA_DIR' if name == 'DATA_DIR' else name} is wrong: {reason[0].lower()}{reason[1:]}."
