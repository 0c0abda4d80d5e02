"""Files that the app gives: kept in memory, within a bound, and gone with the process."""

from collections import OrderedDict
from dataclasses import dataclass

from playground.identity import BOT_USER_ID, Payload

FILE_BYTES = 2_000_000  # of one file; Slack takes a gigabyte
KEPT_BYTES = 20_000_000  # of all files together: the oldest ones are forgotten first


@dataclass(slots=True)
class File:
    """A file on its way: announced, then with its content, then finished, after which it may be read."""

    id: str
    name: str
    length: int  # bytes, as announced
    upload_key: str
    content: bytes | None = None
    title: str = ""
    is_finished: bool = False

    def as_slack(self, base_url: str, at: int) -> Payload:
        """Slack's file object: https://docs.slack.dev/reference/objects/file-object."""
        address = f"{base_url}/files/{self.id}"
        return {
            "id": self.id,
            "created": at,
            "name": self.name,
            "title": self.title or self.name,
            "user": BOT_USER_ID,
            "mode": "hosted",
            "is_external": False,
            "size": self.length,
            "url_private": address,
            "url_private_download": address,
        }


class Files:
    """Every file that is still kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, File] = OrderedDict()

    def announce(self, file: File) -> None:
        """Make room for a file."""
        self._kept[file.id] = file
        while sum(one.length for one in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)

    def find(self, file: str) -> File | None:
        """The file of an id, however far it is."""
        return self._kept.get(file)

    def expected_at(self, upload_key: str) -> File | None:
        """The file whose content is awaited at this address: once, and before it is finished."""
        files = self._kept.values()
        return next((one for one in files if one.upload_key == upload_key and one.content is None), None)

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()
