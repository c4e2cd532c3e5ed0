"""The documentation, done as its reader does it: every command run, every output compared, every example loaded."""

import re
import shlex
from contextlib import ExitStack
from pathlib import Path

import click
import pytest
import yaml

from mock_server import cli
from mock_server.checking import check_all
from mock_server.spec import load
from tests.conftest import ROOT, Server, serving
from tests.tours import Block, Tour, difference, free_port, read_blocks, steps

README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
EVERY_PAGE = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *PAGES, *DECISIONS]
BEHAVIOUR = DOCS / "describe-behaviour.md"


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


# -- what pages show is so -----------------------------------------------------------------------------------------


def test_the_tour_does_what_it_says(tmp_path: Path) -> None:
    introduction, *tour = read_blocks(README)
    assert introduction.text.startswith("make mock")
    with Tour(ROOT, tmp_path, free_port()) as reader:
        differences = reader.do(tour)
    assert not differences, "\n".join(["", *differences])


@pytest.mark.parametrize("page", [page for page in PAGES if read_blocks(page)], ids=name_of)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    folder.mkdir()
    (folder / "openapi").symlink_to(ROOT / "openapi")
    with ExitStack() as running:
        command = re.match("<!-- server: mock-server run (.+) -->\n", page.read_text())
        port = running.enter_context(serving(*shlex.split(command[1]))).port if command else free_port()
        reader = running.enter_context(Tour(folder, tmp_path, port))
        differences = reader.do(read_blocks(page))
    assert not differences, "\n".join(["", *differences])


def test_the_diagram_is_the_one_that_is_served(bundled: Server) -> None:
    (shown,) = [block.text for block in read_blocks(README) if block.language == "mermaid"]
    assert bundled.control("GET", "/lifecycles/audiences")["mermaid"] == shown


# -- examples ------------------------------------------------------------------------------------------------------


def examples(language: str) -> list[Block]:
    return [block for page in EVERY_PAGE for block in read_blocks(page) if block.language == language]


def test_no_block_is_left_unchecked() -> None:
    """What a reader runs, loads or compares; of JavaScript only whole files, and of text what a program prints."""
    for page in EVERY_PAGE:
        blocks = read_blocks(page)
        assert page.read_text().count("```") == 2 * len(blocks)
        for block, before in zip(blocks, [None, *blocks], strict=False):
            is_output = block.language == "text" and before is not None and before.language == "python"
            is_file = block.language == "js" and block.file is not None
            assert block.language in ("sh", "console", "python", "yaml", "mermaid") or is_output or is_file, str(block)


@pytest.mark.parametrize("block", examples("python"), ids=str)
def test_python_compiles(block: Block) -> None:
    compile(block.text, str(block), "exec")


@pytest.mark.parametrize("block", examples("yaml"), ids=str)
def test_yaml_loads(block: Block) -> None:
    assert isinstance(yaml.safe_load(block.text), dict)


@pytest.mark.parametrize("block", [each for each in read_blocks(BEHAVIOUR) if "x-resources:" in each.text], ids=str)
def test_an_example_of_behaviour_keeps_its_contract(block: Block, tmp_path: Path) -> None:
    (document,) = [each.text for each in read_blocks(BEHAVIOUR) if each.file == "api.yaml"]
    is_overlay = block.text.startswith("overlay:")
    (tmp_path / "api.yaml").write_text(document if is_overlay else document + block.text)
    if is_overlay:
        (tmp_path / "behaviour.overlay.yaml").write_text(block.text)
    description, problems = check_all(str(tmp_path), seeds=30)
    assert "lifecycle" in description.document["x-resources"]["orders"] or "lifecycle" not in block.text
    assert not problems


# -- pages say it all ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", list(cli.commands.commands.values()), ids=lambda command: str(command.name))
def test_every_option_of_a_command_has_its_row(command: click.Command) -> None:
    page = (DOCS / "command-line.md").read_text()
    section = re.search(rf"^## mock-server {command.name}\b.*?(?=^## )", page, re.MULTILINE | re.DOTALL)
    assert section is not None
    rows = {row[0].strip("`"): row[1:] for row in map(cells, section[0].splitlines()) if len(row) == 4}
    context = click.Context(command, auto_envvar_prefix="MOCK_SERVER")
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert set(rows) - {"option", "---"} == {each.opts[0] for each in options}
    for option in options:
        name, default = option.opts[0], option.get_default(context)
        has_none = default is None or default is False or default == () or not option.show_default
        variable = f"MOCK_SERVER_{name.removeprefix('--').replace('-', '_').upper()}"
        assert rows[name][:2] == [f"`{variable}`", "" if has_none else f"`{default}`"]


def test_every_module_has_its_place_in_the_architecture() -> None:
    layers = (DOCS / "architecture.md").read_text().partition("## Layers")[2].partition("\n## ")[0]
    modules = {path.stem for path in (ROOT / "mock_server").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert modules - {"__init__", "__pycache__"} <= set(re.findall(r"\w+", layers))


def test_every_operation_of_the_control_api_has_its_row() -> None:
    operations = load(str(ROOT / "mock_server/server/control.yaml")).operations
    rows = map(cells, (DOCS / "control-api.md").read_text().splitlines())
    assert {row[0] for row in rows if len(row) == 2 and row[0].startswith("`")} == {
        f"`{operation.method} {operation.path}`" for operation in operations
    }


def test_every_word_of_the_language_has_its_row() -> None:
    schema = yaml.safe_load((ROOT / "mock_server/spec/x-resources.schema.json").read_text())["$defs"]
    homes = {
        "resource": "resource", "contractState": "state", "lifecycle": "lifecycle", "simulation": "simulation",
        "simulatedState": "simulated state", "leaveEdge": "edge", "initialEdge": "edge", "actionEdge": "edge",
    }  # fmt: skip
    there = {(word, home) for part, home in homes.items() for word in schema[part]["properties"]}
    table = BEHAVIOUR.read_text().partition("## All words")[2]
    rows = [row for row in map(cells, table.splitlines()) if len(row) == 3 and row[0].startswith("`")]
    told = {(row[0].split("`")[1], re.sub(" of `leave`", "", home)) for row in rows for home in row[1].split(", ")}
    assert told == there


def cells(line: str) -> list[str]:
    """The cells of a table's row; [] where it is none."""
    return [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []


# -- pages hold together -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub("`[^`\n]+`", "`code`", prose(page))):
        if re.match("[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert file.is_relative_to(ROOT), target
        assert not fragment or fragment in anchors(file), target


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_no_page_names_a_folder_of_one_machine(page: Path) -> None:
    assert not re.findall(r"(?<![\w.}])/(?:home|root|Users|work|tmp|usr|opt)/", page.read_text())


def test_every_page_is_in_the_index() -> None:
    for index, pages in ((DOCS / "README.md", PAGES), (DOCS / "decisions/README.md", DECISIONS)):
        missing = [page.name for page in pages if page != index and f"]({page.name})" not in index.read_text()]
        assert not missing


def prose(page: Path) -> str:
    """A page without its blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The fragments of a page's headings, as GitHub makes them."""
    headings = re.findall("^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# -- the reader sees differences -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        ("", ""),
        ("one\n", "one"),
        ("{…}\n", '{"a": 1}\n'),
        ("…\n", ""),
        ("one\n…\nfour\n", "one\ntwo\nthree\nfour\n"),
        ("a.b\n", "a.b\n"),
    ],
)
def test_what_fits_is_no_difference(shown: str, came: str) -> None:
    assert difference(shown, came) == ""


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        ("", "one\n"),
        ("one\n", ""),
        ("{…}\n", "{\n}\n"),
        ("one\n…\n", "two\n"),
        ("a.b\n", "a-b\n"),
        ("one\n", "one\ntwo\n"),
    ],
)
def test_what_does_not_fit_is_a_difference(shown: str, came: str) -> None:
    assert difference(shown, came)


def test_a_command_goes_on_until_bash_has_enough() -> None:
    text = "$ cat <<'END'\n$ no command\nEND\n$ echo 'a\nb' \\\n  c\na\nb c\n"
    assert list(steps(text)) == [("cat <<'END'\n$ no command\nEND\n", ""), ("echo 'a\nb' \\\n  c\n", "a\nb c\n")]
