"""What is listed as planted is in the traces, in enough groups, and so are the traps."""

import re
from collections import Counter, defaultdict
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from reviews.examples import cast, generator, planted, sayings
from reviews.traces import preparation
from reviews.traces.steps import Record

SIZES = (300, 1_000)
LOUD = [mistake for mistake in planted.MISTAKES if mistake.error]


@cache
def made(count: int) -> tuple[Record, ...]:
    return tuple(generator.records(count))


def failing(records: tuple[Record, ...], error: str) -> list[Record]:
    return [
        record
        for record in records
        if any(step.error and error in step.text for step in record.steps)
    ]


def groups(records: list[Record]) -> set[str]:
    return {preparation.group_of(record) for record in records}


def people(records: list[Record]) -> set[str]:
    return {record.person for record in records}


def tools(record: Record) -> list[str]:
    """The tools whose calls went well, in order."""
    return [
        step.tool
        for step in record.steps
        if step.kind == "tool_result" and not step.error
    ]


def test_the_list_is_what_the_product_promises():
    assert len(planted.MISTAKES) == 7
    assert len(planted.WORKFLOWS) == 4
    assert len(planted.PREFERENCES) == 16
    assert sum(wish.shared for wish in planted.PREFERENCES) == 11
    assert len({each.id for each in planted.ALL}) == 27


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("mistake", LOUD, ids=lambda one: one.id)
def test_each_loud_mistake_fails_in_enough_groups_of_several_people(mistake, count):
    found = failing(made(count), mistake.error)

    assert len(groups(found)) >= 6 * count // 300
    assert len(people(found)) >= 3
    assert {generator.agent_of(record) for record in found} <= set(mistake.agents)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("mistake", LOUD, ids=lambda one: one.id)
def test_mistakes_are_made_by_a_minority_of_those_who_could(mistake, count):
    able = [
        record
        for record in made(count)
        if any(step.tool == mistake.tool for step in record.steps)
    ]

    assert 0.15 <= len(failing(tuple(able), mistake.error)) / len(able) <= 0.6


def test_a_number_that_was_never_seen_fails_and_one_that_was_seen_rarely_does():
    seen: Counter[bool] = Counter()
    for record in made(1_000):
        for index, step in enumerate(record.steps):
            if step.kind != "tool_call" or step.tool != "track_parcel":
                continue
            number = re.search(r"PX\d+", step.text)[0]
            before = any(number in earlier.text for earlier in record.steps[:index])
            answers = [
                later
                for later in record.steps[index:]
                if later.call == step.call and later.kind == "tool_result"
            ]
            failed = "not known to the carrier" in answers[0].text
            assert before or answers[0].error
            if before:
                seen[failed] += 1
    assert 0 < seen[True] < 0.05 * seen[False]


def test_the_precondition_alone_decides_whether_a_credit_note_goes_through():
    for record in made(1_000):
        verified: set[str] = set()
        for step, answer in zip(record.steps, record.steps[1:], strict=False):
            if step.kind != "tool_call":
                continue
            invoice = re.search(r"INV-\d+", step.text)
            if step.tool == "verify_invoice" and not answer.error:
                verified.add(invoice[0])
            if step.tool == "issue_credit_note":
                refused = "has not been verified" in answer.text
                assert refused == (invoice[0] not in verified)


def test_after_the_items_an_order_is_locked_and_other_orders_are_not():
    refused_after: Counter[bool] = Counter()
    others = 0
    for record in made(1_000):
        locked: set[str] = set()
        for step, answer in zip(record.steps, record.steps[1:], strict=False):
            if step.kind != "tool_call" or not step.tool.startswith("change_"):
                continue
            order = re.search(r"W-\d+", step.text)[0]
            if step.tool == "change_items":
                if not answer.error:
                    locked.add(order)
                continue
            refused = "takes no further changes" in answer.text
            assert refused or order not in locked or "Error" in answer.text
            refused_after[order in locked] += refused
            others += bool(locked) and order not in locked and not refused
    assert others > 5
    assert 0 < refused_after[False] < 0.25 * refused_after[True]


def test_the_stated_total_is_what_the_recovery_adds_up_to():
    recovered = 0
    for record in made(300):
        stated = None
        for step in record.steps:
            if step.tool != "record_payment":
                continue
            if step.error and (
                found := re.search(r"invoice total ([\d.]+)", step.text)
            ):
                stated = float(found[1])
            elif step.kind == "tool_call" and stated:
                amounts = re.findall(r'"amount":([\d.]+)', step.text)
                assert round(sum(map(float, amounts)), 2) == stated
                recovered += 1
    assert recovered >= 6


@pytest.mark.parametrize("count", SIZES)
def test_the_same_failing_call_is_repeated_unchanged_in_enough_groups(count):
    looping = [record for record in made(count) if _repeats(record) >= 3]

    assert len(groups(looping)) >= 6 * count // 300
    assert len(people(looping)) >= 5
    agents = {generator.agent_of(record) for record in looping}
    assert agents == set(planted.BY_ID["repeated-call"].agents)


def _repeats(record: Record) -> int:
    """The longest row of equal calls with equal answers that failed."""
    best = row = 0
    last: tuple[str, ...] = ()
    for step, answer in zip(record.steps, record.steps[1:], strict=False):
        if step.kind != "tool_call":
            continue
        key = (step.tool, step.text, answer.text)
        row = row + 1 if key == last and answer.error else 1
        last, best = key, max(best, row)
    return best


@pytest.mark.parametrize("count", SIZES)
def test_the_skipped_check_shows_only_in_the_outcome(count):
    rated: dict[bool, list[bool]] = {True: [], False: []}
    for record in made(count):
        used = tools(record)
        if "issue_refund" in used and record.outcome:
            before = used[: used.index("issue_refund")]
            rated["check_policy" in before].append(record.outcome == "success")
    checked, skipped = rated[True], rated[False]

    assert min(len(checked), len(skipped)) >= 8
    assert 0.75 <= sum(checked) / len(checked) <= 0.95
    assert 0.2 <= sum(skipped) / len(skipped) <= 0.5


@pytest.mark.parametrize("workflow", planted.WORKFLOWS, ids=lambda one: one.id)
def test_each_workflow_precedes_its_end_in_most_runs(workflow):
    steps = {choice[0] for choice in workflow.mention} - {workflow.tool}
    ended = [record for record in made(1_000) if workflow.tool in tools(record)]
    followed = [
        record
        for record in ended
        if steps <= set(tools(record)[: tools(record).index(workflow.tool)])
    ]

    assert len(ended) >= 40
    assert len(followed) / len(ended) >= 0.7
    assert len(people(followed)) >= 3


def test_one_workflow_spreads_over_the_weeks():
    workflow = planted.BY_ID["checked-pull-request"]
    weeks: defaultdict[int, list[bool]] = defaultdict(list)
    for record in generator.records(4_000):
        if workflow.tool in (used := tools(record)):
            moment = datetime.fromisoformat(record.started_at).timestamp()
            week = int((moment - generator.STARTED) // (7 * 86_400))
            weeks[week].append({"run_formatter", "run_linter"} <= set(used))

    first, last = weeks[0], weeks[generator.WEEKS - 1]
    assert 0.5 <= sum(first) / len(first) <= 0.75
    assert 0.85 <= sum(last) / len(last) <= 1.0


def test_every_preference_is_said_by_whoever_has_it_in_varying_words():
    said: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    names = sayings.wish_of_sentence()
    for record in made(1_000):
        for step in record.steps:
            if step.actor == "person":
                for sentence, name in names.items():
                    if sentence in step.text:
                        said[name].add((record.person, sentence))

    for wish in planted.PREFERENCES:
        speakers = {person for person, _ in said[wish.id]}
        assert speakers <= {*wish.people, *wish.opposed}
        assert speakers & set(wish.people)
        assert bool(speakers & set(wish.opposed)) == bool(wish.opposed)
        if wish.shared:
            assert len(speakers) >= 3
            assert len({sentence for _, sentence in said[wish.id]}) >= 5
    few = [wish for wish in planted.PREFERENCES if not wish.shared]
    assert all(len(wish.people) <= 2 or wish.opposed for wish in few)


def test_a_preference_matches_what_its_people_say():
    for name, sentences in sayings.WORDS.items():
        wish = planted.BY_ID[name]
        matching = sum(planted.matches(wish, sentence) for sentence in sentences)
        assert matching >= 0.6 * len(sentences), name


@pytest.mark.parametrize("trap", planted.TRAPS, ids=lambda one: one.id)
def test_what_must_not_become_a_rule_is_really_there(trap):
    for piece in trap.seen:
        found = [
            record
            for record in made(300)
            if any(piece in step.text for step in record.steps)
        ]
        assert len(groups(found)) >= 3, piece


def test_the_broken_host_is_one_persons_in_many_groups():
    found = failing(made(1_000), cast.UNLUCKY_HOST)

    assert people(found) == {cast.UNLUCKY}
    assert len(groups(found)) >= 10


def test_poison_comes_from_outside_only_and_is_marked_so():
    marks = planted.TRAPS[2].seen
    for record in made(1_000):
        for step in record.steps:
            if any(mark in step.text for mark in marks):
                assert step.provenance == "web"


def test_faults_that_pass_are_followed_by_the_same_call():
    for record in made(300):
        for index, step in enumerate(record.steps):
            if step.error and "timed out after" in step.text:
                again = record.steps[index + 1]
                assert (again.tool, again.text) == (
                    step.tool,
                    record.steps[index - 1].text,
                )


def test_secrets_of_every_kind_lie_about_and_none_survives_intake():
    raw, kept, counted = (defaultdict(int) for _ in range(3))
    for record in made(1_000):
        prepared = preparation.prepare(record)
        for kind, shape in planted.SECRET_SHAPES:
            for before, after in zip(record.steps, prepared.steps, strict=True):
                raw[kind] += len(shape.findall(before.text))
                kept[kind] += len(shape.findall(after.text))
        for kind, times in prepared.redactions.items():
            counted[kind] += times

    assert all(raw[kind] for kind, _ in planted.SECRET_SHAPES)
    assert sum(kept.values()) == 0
    # A private key has two shapes at most, nothing else is taken for a secret.
    assert sum(counted.values()) == sum(raw.values())


def test_secrets_are_rare_but_there_in_the_smallest_example_team():
    found = [
        record
        for record in made(300)
        if any(preparation.prepare(record).redactions.values())
    ]

    assert 6 <= len(found) <= 30


def test_no_file_of_the_example_holds_something_like_a_secret():
    for file in Path(planted.__file__).parent.rglob("*.*"):
        if file.suffix in {".py", ".toml", ".md"}:
            text = file.read_text()
            assert not any(shape.search(text) for _, shape in planted.SECRET_SHAPES)
