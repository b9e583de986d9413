"""The picture in docs/architecture.md is true: every room of the library stands in it, and imports only those above."""

from pathlib import Path

from viewcast import provenance

ROOT = Path(__file__).parents[2]


def drawn() -> list[set[str]]:
    """The rooms of each line of the picture, from the ground up."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    picture = text.split("<!-- rooms -->\n```\n")[1].split("```")[0]
    return [set(line[: line.index("  ")].split(", ")) for line in picture.splitlines()]


def modules() -> dict[str, str]:
    """Every module of the library, and its room."""
    found = {}
    for path in provenance.ROOT.rglob("*.py"):
        parts = path.relative_to(provenance.ROOT).with_suffix("").parts
        if parts != ("__init__",):
            found[".".join(["viewcast", *(parts[:-1] if parts[-1] == "__init__" else parts)])] = parts[0]
    return found


def test_every_room_is_in_the_picture_once():
    rooms = [room for line in drawn() for room in line]
    assert len(rooms) == len(set(rooms)) and set(rooms) == set(modules().values())


def test_a_room_imports_only_from_those_above_it():
    level = {room: number for number, line in enumerate(drawn()) for room in line}
    wrong = [
        f"{module} imports {imported}"
        for module, room in modules().items()
        for imported in provenance._imports(module)
        if (other := imported.split(".")[1]) != room and level[other] >= level[room]
    ]
    assert not wrong


def test_the_library_knows_nothing_of_snakemake():
    for module in modules():
        source = provenance._source(module)
        assert "import snakemake" not in source.read_text(encoding="utf-8"), module
