"""Files of other programs come in by the page: what they are is said before, and whom they know can be placed after."""

import json
from pathlib import Path

import pytest

from app import composing
from app.lineage import Lineage
from app.newcomers import Newcomers
from app.search import Search
from components.picture_board import Filter
from pipelines.errors import BadInput
from pipelines.events import Made
from pipelines.tasks import Adopt


def file_of(path, *names, notes=None, shape=(2, 3)):
    """A safetensors file of tensors that hold nothing."""
    top = {name: {"dtype": "F32", "shape": list(shape), "data_offsets": [0, 0]} for name in names}
    text = json.dumps(top | ({"__metadata__": notes} if notes else {})).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    return path


@pytest.fixture
def new(library, jobs):
    return Newcomers(library, jobs)


def test_a_file_says_what_it_is(new, tmp_path):
    lora = file_of(tmp_path / "tom.safetensors", "lora_unet_x.lora_down.weight", notes={"modelspec.title": "Tom"})
    assert new.look(lora) == {"holds": "LoRA", "name": "Tom", "trigger": "tom", "base": "Starter"}
    word = file_of(tmp_path / "w.safetensors", "<pip>")
    assert (new.look(word)["holds"], new.look(word)["trigger"]) == ("embedding", "<pip>")
    pair = file_of(tmp_path / "rex.safetensors", "clip_l", "clip_g")
    assert (new.look(pair)["holds"], new.look(pair)["trigger"]) == ("embedding", "<rex>")


@pytest.mark.parametrize(
    ("name", "keys", "words"),
    [("a.pt", ("x",), "pickle"), ("a.ckpt", ("x",), "pickle"), ("a.safetensors", ("x.lora_A", "x.dora_scale"), "DoRA"),
     ("a.safetensors", ("lora_x.hada_w1_a", "y"), "LoHa"), ("a.safetensors", ("x", "y"), "neither"),
     ("gone.safetensors", None, "nothing at")],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_refused_before_it_waits(new, jobs, tmp_path, name, keys, words):
    path = file_of(tmp_path / name, *keys) if keys else tmp_path / name
    for ask in (new.look, lambda path: new.adopt(path, False, "A", "cat", "<a>")):
        with pytest.raises(BadInput, match=words) as refused:
            ask(path)
        assert refused.value.advice
    (tmp_path / "torn.safetensors").write_bytes(b"torn")
    with pytest.raises(BadInput, match="not a safetensors"):
        new.look(tmp_path / "torn.safetensors")
    assert jobs.list() == []


@pytest.mark.parametrize("words", [("", "cat", "<a>"), ("A", " ", "<a>"), ("A", "cat", ""), ("A", "cat", "x" * 201)])
def test_it_wants_all_its_words(new, tmp_path, words):
    with pytest.raises(BadInput, match="is empty|is too long"):
        new.adopt(file_of(tmp_path / "a.safetensors", "x.lora_A"), False, *words)


def test_whom_it_knows_stands_among_those_who_can_be_placed(new, library, jobs, tmp_path):
    """The worker's part is told here: it writes the file and says whom it knows."""
    dropped = file_of(tmp_path / "my tom.safetensors", "x.lora_A")
    job = new.adopt(dropped, True, "Tom", "cat", "<tom>")
    task = jobs.get(job).task
    assert (
        isinstance(task, Adopt) and not dropped.exists() and Path(task.file).parent == library.settings.room("imports")
    )
    assert (task.name, task.noun, task.trigger) == ("Tom", "cat", "<tom>") and task.subject
    assert library.subjects() == [], "who was refused in the end leaves nobody behind"
    Path(task.out).write_bytes(b"made")
    facts = {"holds": "LoRA", "name": "Tom", "noun": "cat", "trigger": "<tom>", "subjects": [task.subject]}
    made = library.record(job, task, Made("artefact", task.out, facts))
    (choice,) = composing.choices(library)
    assert (choice["name"], choice["trigger"], choice["noun"]) == ("Tom", "<tom>", "cat") and choice["key"] == made[
        "id"
    ]
    assert [one.title for one in Search(library).tiles(Filter("artefact"), 0, 9)] == ["Tom, taken over"]
    sheet = Lineage(library).sheet(made["id"])
    assert [one.title for one in sheet.lineage] == ["Another program’s file", "This file"]
    again = library.record(job, task, Made("artefact", task.out, facts))
    assert again == made and len(library.subjects()) == 1


def test_a_file_that_is_named_by_its_path_stays_where_it_is(new, jobs, tmp_path):
    there = file_of(tmp_path / "a.safetensors", "x.lora_A")
    assert jobs.get(new.adopt(there, False, "A", "cat", "<a>")).task.file == str(there) and there.exists()
