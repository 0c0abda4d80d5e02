"""`verdicts reencrypt`: seal every token with the newest key, in steps, so that old keys can be thrown away."""

from rich.console import Console

from bot import installations
from bot.errors import StartFailed
from bot.vault import Vault, WrongKey
from db.engine import Database
from db.schema import migrate

STEP = 100  # installations in one transaction


def reencrypt(url: str, keys: list[bytes], out: Console) -> None:
    """Go on until no token is sealed with an older key; what was done stays done when it is interrupted.

    It may run beside bots that have both keys. Raises StartFailed where a key is missing, and db.lock.AlreadyInUse
    while another process has the SQLite file.
    """
    if not keys:
        raise StartFailed("ENCRYPTION_KEYS is missing: set the new key first, then the old ones.")
    vault, done = Vault(keys), 0
    database = Database(url)
    try:
        database.run_here(migrate)
        if missing := database.run_here(installations.unknown_keys, vault):
            key, count = missing[0]
            raise StartFailed(f"ENCRYPTION_KEYS lacks the key {key}, which {count} installations are encrypted with.")
        while step := database.run_here(installations.reseal, vault, STEP):
            done += step
    except WrongKey:
        raise StartFailed("ENCRYPTION_KEYS does not open what the database holds: it was changed there.") from None
    finally:
        database.close_now()
    out.print(f"{done} installations are encrypted anew, all with the key {vault.newest}.")
    if len(keys) > 1:
        out.print("The older keys are needed for old backups only.")
