"""Pages as tests: their blocks, a bash session that runs what they show, and what they expect compared to what came.

In a `console` block a line that begins with `$ ` is a command, which goes on while bash finds it incomplete; what
follows is its output. `…` stands for anything within a line, and alone on a line for any lines. An `sh` block is all
commands, and they say nothing. A block whose first line is a comment with a file's name is that file. `<!-- keeps
running -->` before a block means that its command is not waited for.
"""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Self

from tests.conftest import BIN, ROOT

PATIENCE = 60.0  # seconds for one command

_FENCE = re.compile(r"^(?:<!-- (?P<mark>.+?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"(?:#|//) ([\w./-]+\.\w+)\n")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page; `line` is where its text begins, `mark` the comment before it."""

    page: str
    line: int
    language: str
    text: str
    mark: str | None = None

    @property
    def file(self) -> str | None:
        """The file that the block shows whole, named by a comment on its first line."""
        found = _FILE.match(self.text)
        return found[1] if found else None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def read_blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text()
    return [
        Block(
            str(page.relative_to(ROOT)), text.count("\n", 0, found.start("text")) + 1,
            found["language"], found["text"], found["mark"],
        )
        for found in _FENCE.finditer(text)
    ]  # fmt: skip


def steps(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a `console` block, each with the output that it shows."""
    lines = text.splitlines(keepends=True)
    while lines:
        first = lines.pop(0)
        assert first.startswith("$ "), f"neither a command nor its output: {first!r}"
        command = first[2:]
        while lines and not is_complete(command):
            command += lines.pop(0)
        shown = ""
        while lines and not lines[0].startswith("$ "):
            shown += lines.pop(0)
        yield command, shown


def is_complete(command: str) -> bool:
    """Whether bash would run this, rather than ask for more."""
    if command.endswith("\\\n"):
        return False
    return not subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True, check=False).stderr


def difference(shown: str, came: str) -> str:
    """How the output that came differs from what a page shows, for people to read; '' if it does not."""
    came = came.rstrip("\n") + "\n" if came.strip("\n") else ""
    pattern = "".join(
        r"(?:[^\n]*\n)*?"
        if line.strip() == "…"
        else "[^\n]*".join(re.escape(part) for part in line.removesuffix("\n").split("…")) + "\n"
        for line in shown.splitlines(keepends=True)
    )
    if re.fullmatch(pattern, came):
        return ""
    lines = unified_diff(shown.splitlines(), came.splitlines(), "the page shows", "what came", n=2, lineterm="")
    return "\n".join(lines)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def surroundings(temporary: Path) -> dict[str, str]:
    """The environment of a terminal: this installation's commands first, and nothing of make's or the mock's."""
    kept = {key: value for key, value in os.environ.items() if not re.match("MAKE|MFLAGS|MOCK_SERVER_", key)}
    return {
        **kept,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(temporary),
        "LC_ALL": "C.UTF-8",
        "NO_PROXY": "127.0.0.1,localhost",
    }


class Output:
    """What a process writes, read as it comes."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        self._descriptor = process.stdout.fileno()
        self._pending = b""

    def until(self, mark: bytes) -> str:
        """The text up to where the regular expression `mark` has matched, or to the end of the output."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = re.search(mark, self._pending)
            if found:
                self._pending, text = self._pending[found.end() :], self._pending[: found.end()]
                return text.decode()
            ready = select.select([self._descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]
            assert ready, f"still waiting after {PATIENCE:g} seconds; so far: {self._pending.decode()}"
            data = os.read(self._descriptor, 1 << 16)
            if not data:
                return self._pending.decode()
            self._pending += data


@contextmanager
def started(*arguments: str, folder: Path, temporary: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """A process with a group of its own, ended with all that it started."""
    process = subprocess.Popen(
        arguments, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=surroundings(temporary), start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=10)


class Bash:
    """One bash, as a reader has it open: variables, functions and the folder stay from command to command."""

    _END = "\x1e"

    def __init__(self, process: "subprocess.Popen[bytes]", scratch: Path) -> None:
        self._stdin = process.stdin
        self._output = Output(process)
        self._script = scratch / "command.sh"

    def run(self, command: str) -> str:
        """What a command writes; its exit status stays in `$?` for the next."""
        assert self._stdin is not None
        self._script.write_text(command)
        line = f". {self._script} </dev/null; _status=$?; printf '{self._END}'; (exit $_status)\n"
        self._stdin.write(line.encode())
        self._stdin.flush()
        return self._output.until(self._END.encode()).removesuffix(self._END)


class Tour:
    """A reader who does what a page shows, in order, and notes each difference.

    `folder` is where the page begins, and where files that it shows are written. 8080 in the page becomes `port`, 8081
    and 8082 free ones.
    """

    def __init__(self, folder: Path, temporary: Path, port: int) -> None:
        self._folder = folder
        self._temporary = temporary
        self._ports = {"8080": str(port), "8081": str(free_port()), "8082": str(free_port())}
        self._open = ExitStack()
        process = self._open.enter_context(self._started("--noprofile", "--norc"))
        self._bash = Bash(process, temporary)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def do(self, blocks: list[Block]) -> list[str]:
        """Do everything; gives the differences."""
        differences: list[str] = []
        for block, following in zip(blocks, [*blocks[1:], None], strict=True):
            match block.language:
                case _ if block.file is not None:
                    self._write(block.file, self._here(block.text))
                case "sh" | "console":
                    differences += self._run(block)
                case "python":
                    shown = following.text if following and following.language == "text" else ""
                    differences += self._compare(block, block.text, shown, self._execute(block.text))
        return differences

    def _run(self, block: Block) -> Iterator[str]:
        for command, shown in [(block.text, "")] if block.language == "sh" else steps(block.text):
            came = self._keep(command, shown) if block.mark == "keeps running" else self._ran(command)
            yield from self._compare(block, command, shown, came)

    def _ran(self, command: str) -> str:
        return self._bash.run(self._here(command))

    def _keep(self, command: str, shown: str) -> str:
        """Start what keeps running; gives the lines that it says first, as many as the page shows."""
        command = f"{command.rstrip()} {'PORT=' if command.startswith('make') else '--port '}8080"
        process = self._open.enter_context(self._started("-c", f"exec {self._here(command)}"))
        last = [line for line in shown.splitlines() if line.strip() != "…"][-1].partition("…")[0]
        return Output(process).until(re.escape(self._here(last)).encode() + b"[^\n]*\n")

    def _started(self, *arguments: str) -> AbstractContextManager["subprocess.Popen[bytes]"]:
        return started("bash", *arguments, folder=self._folder, temporary=self._temporary)

    def _execute(self, code: str) -> str:
        """What a Python program prints."""
        ran = subprocess.run(
            [sys.executable, "-"], input=self._here(code), cwd=self._folder, env=surroundings(self._temporary),
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False,
        )  # fmt: skip
        return ran.stdout

    def _compare(self, block: Block, command: str, shown: str, came: str) -> Iterator[str]:
        found = difference(self._here(shown), came)
        if found:
            yield f"{block}\n$ {command.rstrip()}\n{found}\n"

    def _here(self, text: str) -> str:
        for port, real in self._ports.items():
            text = re.sub(rf"\b{port}\b", real, text)
        return text

    def _write(self, name: str, text: str) -> None:
        file = self._folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
