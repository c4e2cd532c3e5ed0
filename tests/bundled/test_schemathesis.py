"""Stock Schemathesis against the mock, as anyone would run it: all phases, all checks, no finding and no warning."""

import secrets
import subprocess
from pathlib import Path

import pytest

from tests.conftest import BIN, ROOT, TOKEN, Server, serving

FRESH = secrets.randbelow(2**32)


def schemathesis(folder: Path, seed: int, *asked: str) -> str:
    """What it tells of a run that must find nothing."""
    print("seed", seed)
    # In an empty folder, so that it knows nothing of earlier runs.
    ran = subprocess.run(
        [BIN / "schemathesis", "run", *asked, f"--seed={seed}"],
        check=False, cwd=folder, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    told = ran.stdout + ran.stderr
    assert ran.returncode == 0, told
    return told


@pytest.mark.parametrize(
    ("seed", "arguments"), [(1, ()), (FRESH, ("--clock", "frozen"))], ids=["fixed seed", "fresh seed"]
)
def test_schemathesis_finds_nothing(tmp_path: Path, seed: int, arguments: tuple[str, ...]) -> None:
    with serving("openapi", *arguments) as mock:
        url = f"{mock.origin}/api/v1/openapi.json"
        told = schemathesis(tmp_path, seed, url, "-H", "Authorization: Bearer token", "-n", "100")
    assert "Tested: 5" in told
    assert "No issues found" in told
    assert "warning" not in told.lower()


def test_schemathesis_finds_nothing_in_the_control_api(mock: Server, tmp_path: Path) -> None:
    for name in ("spring", "summer"):
        order = {"account_id": "biz_1", "name": name, "column_mapping": {"email": "Email"}, "file_id": "file_1"}
        assert mock.ask("POST", "/api/v1/audiences", order, TOKEN).status == 201
    document = str(ROOT / "mock_server/server/control.yaml")
    # What takes the items away is left out, and updateItem: which members an item has is not in this document.
    left_out = [f"--exclude-operation-id={name}" for name in ("reset", "deleteItem", "updateItem")]
    # Without items of a resource, which only the mocked API can make, there is much that is not found.
    asked = ("--url", f"{mock.origin}/__mock__", "-n", "30", "--warnings", "off", *left_out)
    assert "Tested: 11" in schemathesis(tmp_path, 1, document, *asked)
