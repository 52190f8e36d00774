"""A notebook with parameters, in a kernel of its own; what it shows, and what is kept of it."""

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

from mn_notebook import toolbox
from mn_notebook.agents.doubt import leaves_doubt
from mn_notebook.domain.tables import Table
from mn_notebook.errors import PermanentError, UsageError
from mn_notebook.secrecy import known
from mn_notebook.toolbox.notebook_text import outputs_of, with_parameters
from tests.canary import leaks
from tests.integration.house import waits_until
from tests.integration.toolbox.using import Box


def saved(path: Path, *cells: tuple[str, str]) -> None:
    nbformat.write(made(*cells), path)


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def made(*cells: tuple[str, str]) -> Any:
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, metadata={"tags": tags.split()})
            for source, tags in cells
        ]
    )


@pytest.fixture
def place(tmp_path: Path, box: Box) -> Path:
    toolbox.notebooks(tmp_path, max_seconds=45, registry=box.registry)
    return tmp_path


def test_a_notebook_returns_its_tagged_outputs(
    box: Box, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters go in, values and frames come out, and the executed copy is kept."""
    saved(
        place / "report.ipynb",
        ("region = 'north'\nrate: float = 1.0", "parameters"),
        ("import os, pandas as pd\ndf = pd.DataFrame({'r': [region] * 2, 'x': [rate, 2]})", ""),
        ("df", ""),
        ("df", "mn-output:frame"),
        ("{'region': region, 'n': len(df)}", "mn-output:value"),
        ("print('said')", "mn-output:said other"),
        (
            "[os.environ.get('MN_NOTEBOOK'), os.environ['JPY_SESSION_NAME'], os.getcwd()]",
            "mn-output",
        ),
    )
    monkeypatch.setenv("MN_NOTEBOOK", "mine.ipynb")
    said = box.use("run_notebook", path="report.ipynb", parameters={"region": "south's"})
    outputs = said["outputs"]
    assert isinstance(outputs["frame"], Table)
    assert outputs["frame"].records() == [{"r": "south's", "x": 1.0}, {"r": "south's", "x": 2.0}]
    assert outputs["value"] == {"region": "south's", "n": 2}
    assert outputs["said"] == "said\n"
    # It is no kernel of the notebook that called it, whose runs it would take up.
    assert outputs["output"] == [None, "report.ipynb", str(place)]
    copy = nbformat.read(place / said["executed"], as_version=4)
    assert copy.cells[1].source == 'region = "south\'s"'
    assert "vnd.mn" not in str(copy.cells[3])
    assert box.tool("run_notebook").check
    assert box.tool("run_notebook").check("mn-0123456789abcdef") == said  # type: ignore[misc]
    original = nbformat.read(place / "report.ipynb", as_version=4)
    assert [cell.outputs for cell in original.cells] == [[]] * 7


def test_a_cell_that_fails_is_said(box: Box, place: Path) -> None:
    """The failure names the cell's error, and the copy shows how far it came."""
    saved(place / "bad.ipynb", ("print('before')", ""), ("1 / 0", ""), ("print('after')", ""))
    said = box.fault("run_notebook", PermanentError, path="bad.ipynb")
    assert "ZeroDivisionError" in said
    (copy,) = (place / "executed").iterdir()
    kept = nbformat.read(copy, as_version=4)
    assert [len(cell.outputs) for cell in kept.cells] == [1, 1, 0]
    assert kept.metadata["mn_notebook"]["ended"].startswith("failed")
    with pytest.raises(PermanentError, match="no executed copy"):
        box.tool("run_notebook").check("mn-0123456789abcdef")  # type: ignore[misc]


def test_a_notebook_that_takes_too_long_is_ended_and_in_doubt(tmp_path: Path) -> None:
    """Its kernel is gone on return, and what it has done before is not known."""
    forever = (
        "import os, time; open('part', 'w').write(str(os.getpid())); os.rename('part', 'pid'); "
        "time.sleep(600)"
    )
    saved(tmp_path / "slow.ipynb", (forever, ""))
    for seconds in (4, 12, 30):  # a busy machine does not start a kernel in four
        box = Box()
        toolbox.notebooks(tmp_path, max_seconds=seconds, registry=box.registry)
        with pytest.raises(TimeoutError, match=f"{seconds} seconds") as raised:
            box.use("run_notebook", path="slow.ipynb")
        assert leaves_doubt(raised.value)
        if (tmp_path / "pid").exists():
            break
    process = int((tmp_path / "pid").read_text())
    assert waits_until(lambda: not is_there(process))


def test_a_kernel_that_dies_is_in_doubt(box: Box, place: Path) -> None:
    """It may have done anything before."""
    saved(place / "dies.ipynb", ("import os; os._exit(3)", ""))
    with pytest.raises(ConnectionError, match="died") as raised:
        box.use("run_notebook", path="dies.ipynb")
    assert leaves_doubt(raised.value)


def test_a_notebook_that_ended_is_not_done_again_where_its_copy_is_lost(
    box: Box, place: Path
) -> None:
    """It has happened, and nothing can be returned: that is in doubt, not failed."""
    saved(place / "a.ipynb", ("1", "mn-output"))
    (place / "executed").write_text("in the way")
    with pytest.raises(PermanentError, match="came to its end") as raised:
        box.use("run_notebook", path="a.ipynb")
    assert leaves_doubt(raised.value)


@pytest.mark.parametrize(
    "path", ["../a.ipynb", "/a.ipynb", "a.txt", "no.ipynb", "link.ipynb", "odd.ipynb"]
)
def test_only_notebooks_of_the_folder_run(box: Box, place: Path, path: str) -> None:
    """Files are opened as the tools for files open them."""
    (place / "a.txt").write_text("x")
    (place / "odd.ipynb").write_text("{")
    (place / "link.ipynb").symlink_to(place.parent)
    assert box.fault("run_notebook", PermanentError, path=path)
    assert not (place / "executed").exists()


def test_effects_of_a_folder(box: Box, tmp_path: Path) -> None:
    """A notebook writes unless somebody knows better."""
    toolbox.notebooks(tmp_path, registry=box.registry)
    assert box.registry.effects() == {"run_notebook": "write"}
    toolbox.notebooks(tmp_path, effect="read", registry=box.registry)
    assert box.registry.effects() == {"run_notebook": "read"}
    assert box.tool("run_notebook").check is None
    with pytest.raises(UsageError, match="expected an effect"):
        toolbox.notebooks(tmp_path, effect="harmless")  # type: ignore[arg-type]


def test_parameters_are_plain_and_known() -> None:
    """Only names that the cell sets, and only values that have a text; no code gets in."""
    notebook = made(("a = 1\nb: int = 2\nc.d = 3", "parameters"), ("a", ""))
    values: dict[str, Any] = {"a": "x'\n\\import os", "b": [None, True, {"k": 1.5}]}
    with_parameters(notebook, values)
    namespace: dict[str, Any] = {}
    exec(notebook.cells[1].source, namespace)  # the text of values, which must say them again
    assert {name: namespace[name] for name in values} == values
    with_parameters(notebook, {"a": 2})
    assert [cell.source for cell in notebook.cells][1:] == ["a = 2", "a"]
    with pytest.raises(PermanentError, match="it takes: a, b"):
        with_parameters(notebook, {"c": 1})
    with pytest.raises(PermanentError, match="no plain value"):
        with_parameters(notebook, {"a": object()})  # type: ignore[dict-item]
    with pytest.raises(PermanentError, match="tag the cell"):
        with_parameters(made(("a = 1", "")), {"a": 1})
    with pytest.raises(PermanentError, match="no plain Python"):
        with_parameters(made(("%time a = 1", "parameters")), {"a": 1})
    other = made(("1", ""))
    other.metadata["kernelspec"] = {"name": "ir", "language": "R"}
    with pytest.raises(PermanentError, match="found one in R"):
        with_parameters(other, {})


def test_outputs_have_one_name_each() -> None:
    """A tagged cell that shows nothing, or a name that stands twice, is said."""
    with pytest.raises(PermanentError, match="shows nothing"):
        outputs_of(made(("1", "mn-output:a")))
    twice = made(("1", "mn-output:a"), ("2", "mn-output:a"))
    for cell in twice.cells:
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="x")]
    with pytest.raises(PermanentError, match="two cells"):
        outputs_of(twice)


def test_a_secret_that_a_notebook_shows_is_in_no_executed_copy(
    box: Box, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where it ends well nor where it fails; what a crash would find there has none."""
    secret = "hunter2-Correct/Horse-99"
    monkeypatch.setenv("DESK_API_KEY", secret)
    monkeypatch.setattr(known, "_known", None)
    known.remember("DESK_API_KEY", secret)
    shows = "import os, pandas as pd\nkey = os.environ['DESK_API_KEY']\nprint('key', key)\nkey"
    frame = "pd.DataFrame({'key': [key], key: [1]})"
    saved(place / "good.ipynb", (shows, ""), (frame, "mn-output:frame"), ("[key]", "mn-output:key"))
    saved(place / "bad.ipynb", (shows, ""), ("raise ValueError(key)", ""))
    box.use("run_notebook", path="good.ipynb")
    said = box.fault("run_notebook", PermanentError, path="bad.ipynb", key="mn-fedcba9876543210")
    copies = sorted((place / "executed").iterdir())
    assert [copy.name.partition("-")[0] for copy in copies] == ["bad", "good"]
    assert leaks(secret, place) == []
    for copy in copies:
        nbformat.validate(nbformat.read(copy, as_version=4))
    checked = box.tool("run_notebook").check
    assert checked is not None
    outputs = checked("mn-0123456789abcdef")["outputs"]
    assert outputs["key"] == ["[secret DESK_API_KEY]"]
    assert outputs["frame"].records() == [
        {"key": "[secret DESK_API_KEY]", "[secret DESK_API_KEY]": 1}
    ]
    assert secret in said  # The journal strikes it out, like in any other error.
