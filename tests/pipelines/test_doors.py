import subprocess
import sys
from pathlib import Path

import torch
from PIL import Image

from pipelines.doors import _nms, open_doors

ROOT = Path(__file__).parents[2]


def test_everything_imports_behind_the_door():
    script = (
        "from pipelines.doors import open_doors\nopen_doors()\nopen_doors()\n"
        "import torchvision, transformers, diffusers, peft, segment_anything\n"
        "from torchvision.ops import nms\nimport torch\n"
        "boxes = torch.tensor([[0., 0, 4, 4], [0, 0, 4, 3.9], [5, 5, 9, 9]])\n"
        "print(nms(boxes, torch.tensor([.5, .9, .7]), .5).tolist())"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[1, 2]"


def test_no_library_draws_bars_of_its_own_behind_the_door():
    script = (
        "from pipelines.doors import open_doors\nopen_doors()\nfrom pathlib import Path\n"
        "from transformers import CLIPTextModel\n"
        "CLIPTextModel.from_pretrained(Path('assets/starter/text_encoder').resolve())"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0 and "Loading" not in done.stderr, done.stderr


def test_the_door_itself_is_light():
    script = "import sys, pipelines.doors; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_it_says_the_same_thing_twice():
    assert open_doors() == open_doors()


def test_nms_keeps_the_best_of_each_heap():
    rng = torch.Generator().manual_seed(0)
    corner = torch.rand(60, 2, generator=rng)
    boxes = torch.cat([corner, corner + 0.3], dim=1)
    scores = torch.rand(60, generator=rng)
    kept = _nms(boxes, scores, 0.3)
    assert scores[kept].tolist() == sorted(scores[kept].tolist(), reverse=True)
    low = torch.maximum(boxes[kept, None, :2], boxes[None, kept, :2])
    high = torch.minimum(boxes[kept, None, 2:], boxes[None, kept, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    iou = shared / (0.18 - shared)
    assert (iou - torch.eye(len(kept))).max() <= 0.3 + 1e-6
    assert _nms(torch.zeros(0, 4), torch.zeros(0), 0.5).shape == (0,)


def test_the_door_of_the_workers_opens_them(tmp_path):
    code = (
        "import sys\nfrom pipelines.errors import StudioError\nfrom pipelines.events import Silent\n"
        "from pipelines.run import run\nfrom pipelines.tasks import Segment\n"
        "try:\n    run(Segment(sys.argv[1], segmenter='sam', checkpoint=sys.argv[1]), Silent())\n"
        "except StudioError:\n    print('in words')\n"
    )
    photo = tmp_path / "photo.png"
    Image.new("RGB", (8, 8)).save(photo)
    done = subprocess.run([sys.executable, "-c", code, str(photo)], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "in words", done.stderr[-2000:]
