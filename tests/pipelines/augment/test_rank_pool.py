import pytest
import torch
import torch.nn.functional as F

from pipelines import artefact, tune
from pipelines.augment.rank_pool import TOP, Looked, RankPool, aesthetic, annealed, concept, sharpness
from pipelines.errors import BadInput
from pipelines.events import Silent, Warned
from pipelines.tasks import Tune
from tests.pipelines.probes import weights
from tests.pipelines.steps import examples, kit, shot

D, GOOD, CYCLES = 32, 30, 5


def near(centre, count, spread, chance):
    return F.normalize(centre + spread * torch.randn(count, len(centre), generator=chance), dim=1)


@pytest.fixture(scope="module")
def world():
    """Vectors as a judge would give them: a subject, a sibling of its class close by, and other things. Of the pool,
    30 % are clear pictures of the subject, as many are blurred ones, the rest shows the sibling or something else."""
    chance = torch.Generator().manual_seed(0)
    subject, sibling, other = (F.normalize(torch.randn(D, generator=chance), dim=0) for _ in range(3))
    sibling = F.normalize(subject + sibling, dim=0)
    known = Looked(near(subject, 6, 0.08, chance), torch.ones(6))
    shows = [near(subject, GOOD, 0.12, chance), near(subject, 30, 0.12, chance)]
    shows += [near(sibling, 20, 0.12, chance), near(other, 20, 0.12, chance)]
    clear = torch.cat([torch.full((GOOD,), 0.95), torch.full((30,), 0.4), torch.full((40,), 1.0)])
    others = near(sibling, 12, 0.12, chance), F.normalize(torch.randn(12, D, generator=chance), dim=1)
    return known, Looked(torch.cat(shows), clear), others


def precision(cycles):
    found = [i for cycle in cycles for i in cycle]
    return sum(i < GOOD for i in found) / len(found)


def test_labels_fall_from_ten_to_what_was_thought():
    assert [annealed(4.0, cycle, 4) for cycle in range(5)] == [10.0, 8.5, 7.0, 5.5, 4.0]


def test_what_joins_is_clear_and_shows_the_subject(world):
    """At least nine in ten, where a draw of lots would have three."""
    cycles = RankPool(cycles=CYCLES, query=4).choose(*world)
    found = [i for cycle in cycles for i in cycle]
    assert len(found) == len(set(found)) == 4 * CYCLES and precision(cycles) >= 0.9


def test_each_score_is_needed(world):
    assert precision(RankPool(cycles=3, query=6, match=0.0).choose(*world)) < 0.7
    assert precision(RankPool(cycles=3, query=6, beauty=0.0).choose(*world)) < 0.9


def test_the_same_seed_chooses_the_same_and_an_empty_pool_ends_it(world):
    known, pool, others = world
    one = RankPool(cycles=2, query=3)
    assert one.choose(known, pool, others, 5) == one.choose(known, pool, others, 5)
    few = one.choose(known, pool.rows(range(6)), others)
    assert sorted(i for cycle in few for i in cycle) == list(range(6))


def test_the_aesthetic_scorer_starts_each_time_from_its_first_state(world):
    """Labels it agrees with leave it where it starts: sharpness times ten. What it learnt before does not stay."""
    known, pool, _ = world
    first = aesthetic(known, torch.full((6,), TOP), pool)
    torch.testing.assert_close(first, TOP * pool.clear)
    assert not torch.allclose(aesthetic(known, torch.zeros(6), pool), first)
    torch.testing.assert_close(aesthetic(known, torch.full((6,), TOP), pool), first)


def test_the_concept_scorer_tells_the_subject_from_its_sibling(world):
    known, pool, others = world
    likely = concept(known.shows, others, pool.shows, 0)
    assert likely[:60].mean() > 0.8 and likely[60:80].mean() < 0.2 and likely[80:].mean() < 0.2
    before = torch.random.get_rng_state()
    concept(known.shows, others, pool.shows[:2], 0)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_blurred_picture_is_less_sharp():
    pixels = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert sharpness(F.avg_pool2d(pixels, 3, 1, 1)) < 0.5 * sharpness(pixels)


def test_a_folder_that_cannot_be_used_is_said(tiny, tmp_path):
    subject = shot(tmp_path / "photos")
    found, tools = examples(tiny, subject), kit(tiny, (subject,))
    with pytest.raises(BadInput, match="no folder"):
        RankPool(str(tmp_path / "nowhere")).prepare(found, tools)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "a.png").write_bytes(b"nothing")
    with pytest.raises(BadInput, match="no pictures"):
        RankPool(str(tmp_path / "empty")).prepare(found, tools)
    with pytest.raises(BadInput, match="one subject"):
        RankPool(str(tmp_path)).prepare(found, kit(tiny, (subject, subject)))


def test_without_a_folder_only_the_word_is_taught_and_that_is_said(tiny, tmp_path):
    before, report = weights(tiny), Silent()
    out = str(tmp_path / "a.safetensors")
    tune.tune(Tune((shot(tmp_path),), "coti", out, {"steps": 2}, samples_every=0), tiny, report)
    taught = artefact.load(out)
    assert [tuple(one.shape) for one in taught.values()] == [(8, 32)]
    assert all(torch.equal(value, before[key]) for key, value in weights(tiny).items())
    assert any(isinstance(e, Warned) and "Only the photos" in e.message for e in report.events)
