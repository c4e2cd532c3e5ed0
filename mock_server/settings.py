"""How a server is run: one frozen value, read at the edge."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    """What `mock-server run` was told; each has a flag and a `MOCK_SERVER_*` variable of the same name.

    `latency` is the least and the greatest span that each response is held back, in real time. `body_limit` is in
    bytes, `journal_size` in requests.
    """

    path: str
    host: str = "127.0.0.1"
    port: int = 8080
    base_path: str | None = None
    seed: int = 0
    clock: Literal["real", "frozen"] = "real"
    rate: float = 1.0
    latency: tuple[timedelta, timedelta] | None = None
    watch: bool = False
    log: Literal["text", "json", "none"] = "none"
    control_token: str | None = None
    allow_hosts: tuple[str, ...] = ()
    body_limit: int = 10_000_000
    journal_size: int = 1000
