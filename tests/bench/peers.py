"""The same error lines through others' hands: Drain3 and scikit-learn, where they are there.

Neither is a dependency, not even of development: ``uv pip install drain3 scikit-learn``
into a virtual environment of one's own, and the bench finds them.
"""

import importlib
import importlib.util
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from reviews.dreams.mining import diagnostics, masking
from reviews.dreams.mining.thresholds import DEFAULTS
from reviews.examples import generator
from tests.bench.figures import Figure

# Average linkage wants a matrix of all with all: so many distinct lines at most.
_MOST_COMPARED = 3_000
# Seconds of processor, and how many kinds of line came of it.
type Taken = tuple[float, int]


def measure(traces: int) -> Iterator[Figure]:
    """Every error line of so many example traces, made into kinds."""
    lines = _lines(traces)
    seconds, kinds = _timed(_ours, lines)
    yield Figure("error lines", "lines", len(lines))
    for name, module, theirs in (
        ("Drain3", "drain3", _drain3),
        ("scikit-learn", "sklearn", _scikit_learn),
    ):
        label = f"error lines into kinds, beside {name}"
        if importlib.util.find_spec(module) is None:
            rate = len(lines) / seconds
            yield Figure(label, "lines/s", rate, goal=f"{name} is not installed")
            continue
        its_seconds, its_kinds = _timed(theirs, lines)
        yield Figure(label, "lines/s", len(lines) / seconds, len(lines) / its_seconds)
        yield Figure(f"… kinds, beside {name}", "kinds", kinds, its_kinds)


def _lines(traces: int) -> list[str]:
    texts = (
        step.text
        for made in generator.records(traces)
        for step in made.steps
        if step.error
    )
    return [text[slice(*diagnostics.signature(text))] for text in texts]


def _timed(work: Callable[[Sequence[str]], int], lines: Sequence[str]) -> Taken:
    began = time.process_time()
    kinds = work(lines)
    return time.process_time() - began, kinds


def _ours(lines: Sequence[str]) -> int:
    masked = Counter(masking.mask(line).text for line in lines)
    return len(set(masking.cluster(masked, DEFAULTS.template_ratio).values()))


def _drain3(lines: Sequence[str]) -> int:
    miner = importlib.import_module("drain3").TemplateMiner()
    for line in lines:
        miner.add_log_message(line)
    return len(miner.drain.clusters)


def _scikit_learn(lines: Sequence[str]) -> int:
    cluster = importlib.import_module("sklearn.cluster")
    texts = importlib.import_module("sklearn.feature_extraction.text")

    distinct = sorted(set(lines))[:_MOST_COMPARED]
    vectors = texts.TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5))
    grams = vectors.fit_transform(distinct).toarray()
    linked = cluster.AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=0.25
    ).fit(grams)
    return int(linked.n_clusters_)
