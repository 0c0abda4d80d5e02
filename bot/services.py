"""What a listener may ask for, by name."""

from dataclasses import dataclass, fields

from bot.catalogue import Shelf
from bot.clients import Clients
from bot.digest_publisher import DigestPublisher
from bot.publisher import Publisher
from bot.refresher import Refresher
from bot.roster import Roster
from bot.sweeper import Sweeper
from bot.tasks import Tasks
from bot.watch import Watch
from db.engine import Database


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that lives as long as the application."""

    database: Database
    clients: Clients
    shelf: Shelf
    refresher: Refresher
    sweeper: Sweeper
    publisher: Publisher
    digest_publisher: DigestPublisher
    tasks: Tasks
    watch: Watch
    roster: Roster | None  # None under Socket Mode: the one workspace is there or is not

    @classmethod
    def on(cls, database: Database, clients: Clients) -> "Services":
        """All of them, put together; nothing of it listens or ticks yet."""
        shelf, tasks = Shelf(), Tasks()
        refresher = Refresher(database, clients)
        sweeper = Sweeper(database, clients, refresher)
        publisher = Publisher(database, clients, shelf, refresher, sweeper, tasks)
        digest_publisher = DigestPublisher(database, clients)
        watch = Watch(database, tasks)
        return cls(database, clients, shelf, refresher, sweeper, publisher, digest_publisher, tasks, watch, None)

    def by_name(self) -> dict[str, object]:
        """As Bolt hands them to a listener's parameters."""
        return {name: getattr(self, name) for name in _NAMES}


_NAMES = tuple(field.name for field in fields(Services))  # asked for at every request
