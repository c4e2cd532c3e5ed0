"""`make fuzz`, without make: its exit codes, and that it leaves nothing running."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, serving

FAULT = """

from mock_server.handlers import operation


@operation("deleteAudience")
def delete(call):
    raise RuntimeError("a planted fault")
"""


class Fuzz:
    """A run of `.ci/fuzz` in a session of its own, so that all it starts can be found."""

    def __init__(self, **environment: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if name not in ("BASE_URL", "TOKEN", "SEED")}
        self.process = subprocess.Popen(
            [ROOT / ".ci/fuzz"],
            env={**inherited, "SEED": "1", "MAX_EXAMPLES": "5", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.told = ""

    def read_until(self, text: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told += line
            if text in line:
                return
        raise AssertionError(self.told)

    def end(self) -> int:
        """Its exit code, once it has ended; nothing that it started may be left."""
        assert self.process.stdout is not None
        with self.process.stdout as rest:
            self.told += rest.read()
        self.process.wait(timeout=60)
        assert self.running() == []
        return self.process.returncode

    def running(self) -> list[str]:
        """The command lines of the processes in its session."""
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                session = status.read_text().rpartition(")")[2].split()[3]
                if int(session) == self.process.pid:
                    found.append((status.parent / "cmdline").read_text().replace("\0", " "))
            except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                continue
        return found


def test_it_starts_the_mock_and_finds_nothing() -> None:
    fuzz = Fuzz()
    assert fuzz.end() == 0, fuzz.told
    assert "No issues found" in fuzz.told


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of the bundled API with a fault in it."""
    folder = tmp_path_factory.mktemp("faulty") / "openapi"
    shutil.copytree(ROOT / "openapi", folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "handlers.py").open("a") as handlers:
        handlers.write(FAULT)
    with serving(str(folder)) as mock:
        yield f"{mock.origin}/api/v1"


def test_it_finds_a_fault_of_the_server_that_it_is_pointed_at(faulty: str) -> None:
    fuzz = Fuzz(BASE_URL=faulty, TOKEN="hunter2")
    assert fuzz.end() == 1, fuzz.told
    assert "a planted fault" in fuzz.told
    assert "DELETE /audiences/{audience_id}" in fuzz.told
    assert "hunter2" not in fuzz.told


def test_without_a_server_it_says_that_it_could_not_run() -> None:
    fuzz = Fuzz(BASE_URL="http://127.0.0.1:9/api/v1")
    assert fuzz.end() == 2, fuzz.told
    assert "Nothing answers at http://127.0.0.1:9/api/v1" in fuzz.told


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_can_be_stopped(number: signal.Signals, code: int) -> None:
    fuzz = Fuzz(MAX_EXAMPLES="100000")
    fuzz.read_until("Coverage")
    assert len(fuzz.running()) == 3
    # Ctrl-C reaches the whole group of what is in the foreground.
    os.killpg(fuzz.process.pid, number)
    assert fuzz.end() == code, fuzz.told
