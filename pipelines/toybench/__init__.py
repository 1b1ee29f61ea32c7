"""ToyBench: five tracks of toys, people, styles and layouts whose truth is known for every picture.

`plan` says what is asked (no torch), `shots` draws photos and perfect pictures, `manifest` lets others make the
pictures, `scoring` and `bench` run and score. Finished cells are kept; only what is missing is made.
"""

from typing import Any

from pipelines.events import Report
from pipelines.tasks import ToyBench


def run(task: ToyBench, report: Report) -> dict[str, Any]:
    """See `pipelines.toybench.bench.run`; here, so that reading a plan loads no model."""
    from pipelines.toybench import bench

    return bench.run(task, report)
