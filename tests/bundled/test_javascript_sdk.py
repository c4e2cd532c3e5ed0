"""The published JavaScript SDK against the mock; what it does is in `tests/npm/follow.mjs`."""

import subprocess

from tests.conftest import ROOT, Server


def test_the_javascript_sdk_is_served_as_by_the_real_api(mock: Server) -> None:
    ran = subprocess.run(
        ["node", "follow.mjs", mock.origin],
        cwd=ROOT / "tests/npm",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.stdout, ran.returncode) == ("ok\n", 0), ran.stderr
