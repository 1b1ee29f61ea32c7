"""What can go wrong, as a tree. Every error says what happened and what to do next.

StudioError
├── BadInput            the user gave something that cannot be used
│   ├── EmptyMask       a mask with nothing, or everything, in it
│   └── UnknownToken    a trigger word no loaded artefact knows
├── Unavailable         the machine lacks something
│   ├── MissingWeights  a model file is not on disk
│   │   └── MissingModel    a base's or a segmenter's, which Models mends
│   ├── NoDevice        the device asked for is not there
│   ├── OutOfMemory     the device is full
│   ├── DiskFull        the data folder is full
│   └── WorkerLost      workers of a cluster died of the work, one after the other
├── UnknownTechnique    a name no file answers to
├── Diverged            training left the numbers a float can hold
└── Stopped             somebody asked the job to stop
"""


class StudioError(Exception):
    """The root: a sentence for the person, and advice on what to do next.

    Args:
        message: what happened, one sentence.
        advice: what to do next, one sentence; shown beside the message.
    """

    def __init__(self, message: str, advice: str = ""):
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class BadInput(StudioError):
    """The user gave something that cannot be used as it is."""


class EmptyMask(BadInput):
    """A mask covers nothing, or everything, so there is nothing to learn from it."""


class UnknownToken(BadInput):
    """A prompt speaks a trigger word that no loaded artefact taught."""


class Unavailable(StudioError):
    """The machine lacks something the task needs."""


class MissingWeights(Unavailable):
    """A model file the task needs is not on disk."""


class MissingModel(MissingWeights):
    """It is a base's or a segmenter's, which the Models page chooses or fetches. Some judges are fetched there, too,
    but a task names the folder where they are looked for: that one of them is lacking is `MissingWeights`."""


class NoDevice(Unavailable):
    """The device asked for is not there."""


class OutOfMemory(Unavailable):
    """The device ran out of memory."""


class DiskFull(Unavailable):
    """The data folder has no room left."""


class WorkerLost(Unavailable):
    """Workers of a cluster died of a piece of work, one after the other."""


class UnknownTechnique(StudioError):
    """A recipe names a technique that no file answers to."""


class Diverged(StudioError):
    """The loss is no longer a number; training stopped at the last good checkpoint."""


class Stopped(StudioError):
    """Somebody asked the job to stop; what was finished is kept."""
