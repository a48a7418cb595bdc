"""Files in memory: uploaded ones and those that fine-tuning writes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredFile:
    """expires_at is a Unix time; processed_at is when `uploaded` becomes `processed`."""

    id: str
    filename: str
    purpose: str
    data: bytes
    created_at: int
    processed_at: float
    expires_at: int | None = None
    error: str | None = None

    def status(self, now: float) -> str:
        if now < self.processed_at:
            return "uploaded"
        return "error" if self.error else "processed"


class FileStore:
    """In order of upload. Expired files are forgotten when somebody looks."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}

    def put(self, file: StoredFile) -> None:
        self._files[file.id] = file

    def get(self, file_id: str, now: float) -> StoredFile | None:
        self._expire(now)
        return self._files.get(file_id)

    def all(self, now: float) -> list[StoredFile]:
        self._expire(now)
        return list(self._files.values())

    def remove(self, file_id: str) -> None:
        self._files.pop(file_id, None)

    def total_bytes(self) -> int:
        return sum(len(file.data) for file in self._files.values())

    def _expire(self, now: float) -> None:
        for file in list(self._files.values()):
            if file.expires_at is not None and file.expires_at <= now:
                del self._files[file.id]
