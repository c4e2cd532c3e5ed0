"""From a folder, file or URL to a `Description`: the one form that everything else works from.

load, apply overlays, check, infer. Looking runs no code: `handlers.py` is noted, never executed here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mock_server.errors import DocumentError, Location, Problem, did_you_mean
from mock_server.spec import language, meaning, operations, overlay, structure
from mock_server.spec.document import Source, decode, read
from mock_server.spec.inference import Inference, infer
from mock_server.spec.operations import Operation
from mock_server.spec.overlay import Provenance
from mock_server.spec.structure import Finding, Severity
from mock_server.types import Json, JsonObject

MAXIMUM_DOWNLOAD = 64 << 20
"""Bytes of a document read from a URL."""

DOWNLOAD_TIMEOUT = 20.0
"""Seconds that a server may be silent."""

_REPEATED = 5
"""How often the same mistake is told with its place; from there on, once with their number."""

_SUFFIXES = (".yaml", ".yml", ".json")
_OVERLAY_SUFFIXES = tuple(f".overlay{suffix}" for suffix in _SUFFIXES)
_OVERLAY = re.compile(r"\s*(?:#[^\n]*\n\s*)*[\"'{]*overlay[\"']?\s*:")
_DESCRIPTION = re.compile(r"[\"']?\b(?:openapi|swagger)[\"']?\s*:")


@dataclass(frozen=True, slots=True)
class Description:
    """A description of an API, complete: what the mock server serves and the contract suite checks.

    `document` is the effective document, its `x-resources` complete; `files` is everything that was read.
    """

    name: str
    document: JsonObject
    base_path: str
    operations: tuple[Operation, ...]
    handlers_file: Path | None
    inferred: tuple[Inference, ...]
    warnings: tuple[Problem, ...]
    files: tuple[Path, ...]
    provenance: Provenance = field(repr=False)

    def locate(self, pointer: str) -> Location:
        """The file and line that wrote what is at a pointer into `document`."""
        return self.provenance.locate(pointer)


@dataclass(frozen=True, slots=True)
class _Input:
    name: str
    base: Source
    content: Json
    overlays: tuple[Source, ...] = ()
    handlers_file: Path | None = None
    files: tuple[Path, ...] = ()


def load(path: str, *, base_path: str | None = None) -> Description:
    """The description in a project folder, a file, or at an http(s) URL.

    A folder holds one file with an `openapi` member; its `*.overlay.yaml`, `.yml` and `.json` are applied in name
    order. `base_path` replaces the path of the document's first server. Raises `DocumentError` with every mistake
    found, each with file, line and pointer.
    """
    found = _download(path) if re.match(r"(?i)https?://", path) else _from_disk(Path(path), path)
    document, provenance = overlay.apply(found.content, found.overlays, found.base)
    findings = _Findings(provenance)
    try:
        findings.add([*structure.check(document), *language.check_words(document)])
        document = operations.assign_operation_ids(document)
        known = operations.operations(document)
        root = operations.base_path(document) if base_path is None else _normal(base_path)
        findings.add(operations.mistakes(known))
        document, inferred = infer(document, known)
        findings.add(meaning.check_meaning(document, known))
    except structure.Mistake as mistake:
        findings.add(mistake.findings)
        raise AssertionError("a mistake has errors") from None
    return Description(
        name=found.name,
        document=document,
        base_path=root,
        operations=known,
        handlers_file=found.handlers_file,
        inferred=tuple(inferred),
        warnings=tuple(findings.warnings),
        files=found.files,
        provenance=provenance,
    )


def _normal(base_path: str) -> str:
    trimmed = base_path.strip("/")
    return f"/{trimmed}" if trimmed else ""


class _Findings:
    """Collects warnings, and stops at the end of a step that has errors, with all of them."""

    def __init__(self, provenance: Provenance) -> None:
        self.provenance = provenance
        self.warnings: list[Problem] = []

    def add(self, findings: Iterable[Finding]) -> None:
        problems = [
            Problem(message, self.provenance.locate(pointer), severity)
            for pointer, message, severity in _gathered(findings)
        ]
        problems.sort(key=_order)
        errors = [problem for problem in problems if problem.severity == "error"]
        self.warnings += [problem for problem in problems if problem.severity == "warning"]
        if errors:
            raise DocumentError([*errors, *self.warnings])


def _gathered(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, with what is wrong in the same words all over a document told only at the first places."""
    places: dict[tuple[str, Severity], list[str]] = {}
    for pointer, message, severity in findings:
        places.setdefault((message, severity), []).append(pointer)
    for (message, severity), pointers in places.items():
        told = pointers if len(pointers) <= _REPEATED else pointers[:1]
        more = f" (and so in {len(pointers) - 1} more places)" if len(pointers) > _REPEATED else ""
        yield from (Finding(pointer, message + more, severity) for pointer in told)


def _order(problem: Problem) -> tuple[str, int]:
    place = problem.location
    return ("", 0) if place is None else (place.file, place.line or 0)


def _refused(name: str, message: str) -> DocumentError:
    return DocumentError([Problem(message, Location(name, None, ""))])


def _from_disk(path: Path, name: str) -> _Input:
    if path.is_dir():
        return _folder(path, name)
    source = _file(path, name)
    return _Input(path.name, source, read(source), files=(path,))


def _file(path: Path, name: str) -> Source:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise _refused(name, f"there is no such file or folder{did_you_mean(path.name, siblings)}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _refused(name, f"this cannot be read: {reason}") from None
    return decode(name, content)


def _folder(path: Path, name: str) -> _Input:
    try:
        files = sorted(entry for entry in path.iterdir() if entry.name.endswith(_SUFFIXES) and entry.is_file())
    except OSError as error:
        raise _refused(name, f"this cannot be read: {error.strerror}") from None
    overlays = [file for file in files if file.name.endswith(_OVERLAY_SUFFIXES)]
    candidates = []
    for file in files:
        if file not in overlays:
            source = _file(file, str(file))
            # Only what may be a description is read: other files are none of our business, however they are written.
            if _DESCRIPTION.search(source.text):
                content = read(source)
                if isinstance(content, dict) and ("openapi" in content or "swagger" in content):
                    candidates.append((file, source, content))
            elif _OVERLAY.match(source.text):
                ending = f".overlay{file.suffix}"
                raise _refused(str(file), f"an overlay is applied where its name ends in {ending}: rename or move it")
    if len(candidates) != 1:
        if candidates:
            names = ", ".join(file.name for file, _, _ in candidates)
            raise _refused(name, f"several files here have an openapi member: {names}; keep one, or name one of them")
        raise _refused(name, "no .yaml, .yml or .json file here has an openapi member")
    (base, source, content) = candidates[0]
    handlers_file = path / "handlers.py"
    has_handlers = handlers_file.is_file()
    return _Input(
        name=path.resolve().name or name,
        base=source,
        content=content,
        overlays=tuple(_file(file, str(file)) for file in overlays),
        handlers_file=handlers_file if has_handlers else None,
        files=(base, *overlays, *([handlers_file] if has_handlers else [])),
    )


def _download(url: str) -> _Input:
    from http.client import HTTPException  # 30 ms that only URLs pay
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    try:
        # The caller has seen that the scheme is http or https; redirections lead to no other either.
        request = Request(url, headers={"Accept": "application/yaml, application/json, */*;q=0.1"})  # noqa: S310
        with urlopen(request, timeout=DOWNLOAD_TIMEOUT) as response:  # noqa: S310
            content: bytes = response.read(MAXIMUM_DOWNLOAD + 1)
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()  # it holds the connection
        raise _refused(url, f"this cannot be fetched: {error}") from None
    if len(content) > MAXIMUM_DOWNLOAD:
        raise _refused(url, f"this is larger than {MAXIMUM_DOWNLOAD >> 20} MiB; save what is needed of it to a file")
    source = decode(url, content)
    return _Input(url, source, read(source))
