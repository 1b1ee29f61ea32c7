"""Programs do the main job through the named endpoints, and assistants find the same ones; nothing else is open."""

import asyncio
import base64
import io
import threading
import time
from types import SimpleNamespace

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from PIL import Image

from app.bases import Bases
from app.endpoints import NAMES, Desk
from app.jobs import ENDED
from pipelines import toybox
from pipelines.errors import BadInput
from pipelines.spec import Scene
from pipelines.tasks import Sample
from tests.studio import Studio

SIDE = 128


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio that assistants may use, too."""
    with Studio(tmp_path_factory.mktemp("studio"), "--mcp") as studio:
        yield studio


@pytest.fixture(scope="module")
def client(studio, tmp_path_factory):
    return Client(studio.url, verbose=False, download_files=str(tmp_path_factory.mktemp("down")))


def photos(count: int) -> list[Image.Image]:
    scenes = toybox.shoot(toybox.subject("robot", 0, "test"), count, 0)
    return [Image.fromarray(toybox.render(scene, SIDE).pixels) for scene in scenes]


def ended(client: Client, job: str) -> dict:
    for _ in range(4):
        told = client.predict(job=job, wait=60, api_name="/job")
        if told["state"] in ENDED:
            break
    return told


def finished(client: Client, job: str) -> dict:
    told = ended(client, job)
    assert told["state"] == "finished" and told["progress"] == 1, told
    return told


def test_only_the_named_endpoints_are_open(client):
    named = client.view_api(return_format="dict", print_info=False)
    assert set(named["named_endpoints"]) == {f"/{name}" for name in NAMES}
    assert not named["unnamed_endpoints"]


def test_the_main_job(client, tmp_path):
    paths = []
    for k, photo in enumerate(photos(2)):
        paths.append(str(tmp_path / f"{k}.png"))
        photo.save(paths[-1])
    files = [handle_file(path) for path in paths]
    added = client.predict(photos=files, noun="robot", name="Bolt", api_name="/add_subject")
    assert added["refused"] == [] and len(added["photos"]) == 2
    for photo in added["photos"]:
        kept = client.predict(photo=photo, box=[8, 8, SIDE - 8, SIDE - 8], api_name="/set_mask")
        assert 0.02 < kept["covers"] < 0.9
    mine = client.predict(api_name="/subjects")[0]
    assert mine == {
        "id": added["subject"], "name": "Bolt", "noun": "robot", "trigger": added["trigger"], "kind": "object",
        "photos": 2, "masks": 2,
    }  # fmt: skip
    knobs = {"steps": 2, "batch": 1}
    begun = client.predict(subjects=[mine["id"]], recipe="dreambooth_lora", knobs=knobs, api_name="/tune")
    tuned = next(one for one in finished(client, begun["job"])["made"] if one["what"] == "artefact")
    asked = {"prompt": f"a photo of {mine['trigger']} robot on a beach", "artefacts": [tuned["id"]], "steps": 2}
    regions = [{"box": [0.1, 0.2, 0.5, 0.7], "prompt": f"{mine['trigger']} robot", "artefact": tuned["id"]}]
    begun = client.predict(**asked, regions=regions, api_name="/sample")
    made = finished(client, begun["job"])["made"][0]
    with Image.open(made["file"]) as picture:
        assert picture.size == (SIDE, SIDE)
    words = "a photo of {} in the snow"
    begun = client.predict(
        subjects=[mine["id"]], recipes=["base", "textual_inversion"], prompts=[words], steps=2,
        knobs={"textual_inversion": {"steps": 2}}, api_name="/compare"
    )  # fmt: skip
    (wall,) = [one for one in finished(client, begun["job"])["made"] if one["what"] == "wall"]
    assert {one["recipe"] for one in wall["cells"]} == {"base", "textual_inversion"} and len(wall["cells"]) == 2
    for one in wall["cells"]:
        assert (one["subject"], one["prompt"]) == (mine["id"], words) and one["seconds"] > 0
        assert -1 <= one["scores"]["likeness"] <= 1 and -1 <= one["scores"]["prompt_following"] <= 1
        with Image.open(one["file"]) as picture:
            assert picture.size == (SIDE, SIDE)


@pytest.mark.parametrize("name, asked, said", [
    ("add_subject", {"photos": [], "noun": "dog"}, "There are no photos."),
    ("add_subject", {"photos": ["/etc/passwd"], "noun": "dog"}, "is no file"),
    ("add_subject", {"photos": [{"path": "/etc/passwd"}], "noun": "dog"}, "did not arrive"),
    ("add_subject", {"photos": ["data:image/png;base64,%%%"], "noun": "dog"}, "broken data URL"),
    ("tune", {"subjects": ["nobody"], "recipe": "dreambooth"}, "not in the library"),
    ("tune", {"subjects": [], "recipe": "dreamboth"}, "Did you mean"),
    ("sample", {"prompt": " "}, "nothing to make"),
    ("sample", {"prompt": "a cat", "steps": 0}, "The steps are 0."),
    ("sample", {"prompt": "a cat", "artefacts": ["nothing"]}, "not in the library"),
    ("sample", {"prompt": "a cat", "regions": [{"box": [0, 0, 1]}]}, "not readable"),
    ("sample", {"prompt": "a cat", "regions": [{"box": [0, 0, 1, 1], "mask": "/etc/passwd"}]}, "nothing else"),
    ("compare", {"subjects": [], "recipes": [], "prompts": []}, "No subject is chosen."),
    ("job", {"job": "nothing"}, "There is no job"),
])  # fmt: skip
def test_what_cannot_be_done_is_said_in_words(client, name, asked, said):
    with pytest.raises(AppError, match=said):
        client.predict(**asked, api_name=f"/{name}")


def test_pictures_of_a_style_are_taken_whole(library, jobs):
    paper = io.BytesIO()
    photos(1)[0].save(paper, "PNG")
    url = "data:image/png;base64," + base64.b64encode(paper.getvalue()).decode()
    desk = Desk(SimpleNamespace(library=library, jobs=jobs))
    desk.add_subject([url], "", "Ink", "style")
    (told,) = desk.subjects()
    assert (told["name"], told["noun"], told["kind"], told["masks"]) == ("Ink", "style", "style", 0)
    assert jobs.list() == []
    with pytest.raises(BadInput, match="object, person, style"):
        desk.add_subject([url], "dog", kind="animal")


def test_recipes_come_as_they_do_on_the_base_in_use(library, jobs, tmp_path):
    def rate():
        return next(one["knobs"]["rate"] for one in desk.recipes() if one["name"] == "dreambooth_lora")

    desk, bases = Desk(SimpleNamespace(library=library, jobs=jobs)), Bases(library)
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "model.safetensors").write_bytes(b"")
    (tmp_path / "model_index.json").write_text('{"unet": [], "text_encoder": []}')
    assert rate() == 3e-3
    bases.use(bases.add(str(tmp_path)).id)
    assert rate() == 1e-4, "what does not say how wide it is, is taken for a large one"


def test_a_photo_may_come_as_a_data_url(client):
    paper = io.BytesIO()
    photos(1)[0].save(paper, "PNG")
    url = "data:image/png;base64," + base64.b64encode(paper.getvalue()).decode()
    added = client.predict(photos=[url, "data:image/png;base64,AAAA"], noun="robot", api_name="/add_subject")
    assert len(added["photos"]) == 1 and len(added["refused"]) == 1


def test_a_job_can_be_stopped(client):
    begun = client.predict(prompt="a cat", steps=100, api_name="/sample")
    client.predict(job=begun["job"], api_name="/cancel")
    assert ended(client, begun["job"])["state"] == "cancelled"


def test_whoever_waits_for_a_job_holds_nobody_up(library, jobs):
    """Fifty wait at once, in one thread, for the time they asked for."""
    job = jobs.submit(Sample(Scene("a cat"), library.new_path("picture")), "A cat")
    desk = Desk(SimpleNamespace(library=library, jobs=jobs))

    async def all_wait() -> list[dict]:
        return await asyncio.gather(*(desk.job(job, wait=0.5) for _ in range(50)))

    began, threads = time.monotonic(), threading.active_count()
    told = asyncio.run(all_wait())
    assert 0.5 <= time.monotonic() - began < 10 and threading.active_count() == threads
    assert {one["state"] for one in told} == {"queued"}


def test_assistants_find_the_same_tools(studio):
    async def ask() -> tuple[set[str], str]:
        async with (
            streamablehttp_client(f"{studio.url}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = {tool.name for tool in (await session.list_tools()).tools}
            return tools, str((await session.call_tool("recipes", {})).content)

    tools, said = asyncio.run(ask())
    assert tools == set(NAMES) and "dreambooth_lora" in said
