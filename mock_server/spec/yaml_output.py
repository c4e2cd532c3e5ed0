"""A document as YAML text that readers of YAML 1.1 and of the 1.2 core schema understand alike."""

import re
from typing import Any

import yaml

from mock_server.types import Json

# What YAML 1.2's core schema takes for a number and YAML 1.1 for text (§10.3.2): `1e3`, `0o17`, `+.5`. Quoted, it is
# text to both; what 1.1 takes for something else, as `on` or `12:30`, the dumper quotes by itself.
_NUMBERS = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")


def to_yaml(document: Json) -> str:
    """`document` in block style, members in their order, nothing by alias; `read` gives it back equal."""
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        """Readers of documents need not follow anchors."""
        return True


_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(rf"^(?:{_NUMBERS.pattern})$"), list("-+.0123456789")
)
