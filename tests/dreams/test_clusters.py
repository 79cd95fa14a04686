"""Average linkage, held against the plain definition of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.dreams.mining import clusters

WORDS = ["amount", "currency", "mail", "subject", "order", "query", "result", "tests"]
keys = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(
        lambda words: tuple(sorted(words))
    ),
    max_size=9,
    unique=True,
)


def plainly(given_keys, floor):
    """Join the two nearest groups again and again, as the definition says."""
    ordered = sorted(given_keys)
    near = clusters._similarities(ordered, floor)
    groups = [[number] for number in range(len(ordered))]

    def mean(one, other):
        pairs = [near[a].get(b, 0.0) for a in one for b in other]
        return sum(pairs) / len(pairs)

    while len(groups) > 1:
        value, i, j = max(
            (mean(a, b), -i, -j)
            for i, a in enumerate(groups)
            for j, b in enumerate(groups)
            if i < j
        )
        if value < floor:
            break
        joined = groups[-i] + groups[-j]
        groups = [g for n, g in enumerate(groups) if n not in {-i, -j}] + [joined]
    return {frozenset(ordered[n] for n in group) for group in groups}


@settings(max_examples=150, deadline=None)
@given(keys, st.sampled_from([0.2, 0.4, 0.6]))
def test_it_joins_what_the_definition_joins(given_keys, floor):
    found = clusters.cluster(dict.fromkeys(given_keys, 1), distance=1 - floor, most=100)
    joined = {frozenset(group) for group in found}
    expected = plainly(given_keys, floor)

    # Where two pairs are equally near, either may be joined first.
    sizes = sorted(map(len, joined)), sorted(map(len, expected))
    assert joined == expected or sizes[0] == sizes[1]
    assert {key for group in found for key in group} == set(given_keys)


@settings(max_examples=50, deadline=None)
@given(keys, st.randoms())
def test_the_order_of_what_is_given_does_not_matter(given_keys, random):
    shuffled = list(given_keys)
    random.shuffle(shuffled)

    one = clusters.cluster(dict.fromkeys(given_keys, 1), distance=0.75, most=100)
    other = clusters.cluster(dict.fromkeys(shuffled, 1), distance=0.75, most=100)
    assert one == other


def test_beyond_a_number_of_wordings_the_most_frequent_are_looked_at():
    weights = {("amount",): 1, ("currency",): 3, ("mail",): 2}

    found = clusters.cluster(weights, distance=0.75, most=2)
    assert found == [[("currency",)], [("mail",)]]
