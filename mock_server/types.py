"""The kinds of value that every layer speaks of."""

from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, or a list or dict of them (RFC 8259)."""

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object."""

Instant: TypeAlias = int
"""A moment of virtual time, in whole microseconds since the Unix epoch.

Whole numbers, so that ten steps of 0.1 s end exactly where one step of 1 s does. Names of instants end in `_at`.
"""

Microseconds: TypeAlias = int
"""A span of virtual time, in whole microseconds, where a `timedelta` would be too slow."""

SECOND: Microseconds = 1_000_000
