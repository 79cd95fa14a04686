"""A proposal met in past situations: what would be done with its rule and without it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from reviews.dreams import heads
from reviews.dreams.claude.schemas import Act, Sentence
from reviews.dreams.engines import Answer, Oracle, Question, Rule
from reviews.dreams.replaying import acts, situations
from reviews.dreams.replaying.acts import Worth
from reviews.dreams.replaying.situations import Situation
from reviews.proposals import bindings
from reviews.proposals.models import Proposal

_WITHOUT, _WITH = "without", "with"

type Situations = Sequence[Situation | None]


def questions(proposal: Proposal, found: Sequence[Situation]) -> list[Question]:
    """Every question there may be, as if a model had to judge every act."""
    act = Act(kind="call", tool="x" * 40, arguments="x" * 400, text="")
    failure = _failure(proposal)
    return [
        *_act_questions(proposal, found).values(),
        *(
            acts.ask_about(f"outcome:{number}:{side}", failure, one, act)
            for number, one in enumerate(found)
            for side in (_WITHOUT, _WITH)
        ),
    ]


def results(
    oracle: Oracle, proposal: Proposal, found: Situations
) -> list[dict[str, Any]]:
    """What each situation shows, as a replay keeps it; without a verdict nobody answered."""
    return _judged(oracle, proposal, found, _acts(oracle, proposal, found))


def _acts(
    oracle: Oracle, proposal: Proposal, found: Situations
) -> list[dict[str, Act | str]]:
    """What would be done in each situation without the rule and with it, or why nobody knows."""
    questions = _act_questions(proposal, found)
    answers = oracle.ask(list(questions.values()))
    done: list[dict[str, Act | str]] = []
    for number, _ in enumerate(found):
        both: dict[str, Act | str] = {}
        for side in (_WITHOUT, _WITH):
            question = questions.get(f"{number}:{side}")
            both[side] = (
                _act_of(answers.get(question.name))
                if question
                else "The run is not there any more."
            )
        done.append(both)
    return done


def _judged(
    oracle: Oracle,
    proposal: Proposal,
    found: Situations,
    done: Sequence[dict[str, Act | str]],
) -> list[dict[str, Any]]:
    worth: dict[str, tuple[Worth, str, str]] = {}
    questions: dict[str, Question] = {}
    for number, (one, both) in enumerate(zip(found, done, strict=True)):
        for side, act in both.items():
            key = f"{number}:{side}"
            if one is None or isinstance(act, str):
                continue
            told = acts.by_code(proposal.trigger, one, act)
            if told:
                worth[key] = (*told, "code")
            else:
                questions[key] = acts.ask_about(
                    f"outcome:{key}", _failure(proposal), one, act
                )
    answers = oracle.ask(list(questions.values())) if questions else {}
    for key, question in questions.items():
        answer = answers.get(question.name)
        value = answer.value if answer else None
        worth[key] = (
            (value.verdict, value.reason[:300], "model")
            if isinstance(value, Sentence)
            else ("unclear", _problem_of(answer), "nobody")
        )
    return [_result(number, both, worth) for number, both in enumerate(done)]


def _result(
    number: int,
    both: dict[str, Act | str],
    worth: dict[str, tuple[Worth, str, str]],
) -> dict[str, Any]:
    """What one situation shows, as it is kept; without a verdict nobody answered."""
    result: dict[str, Any] = {"verdict": "", "reason": ""}
    for side, act in both.items():
        told = worth.get(f"{number}:{side}")
        result[side] = {
            "act": act.model_dump() if isinstance(act, Act) else None,
            "worth": told[0] if told else "",
            "reason": told[1] if told else str(act),
            "by": told[2] if told else "",
        }
        if isinstance(act, str):
            result["reason"] = act
    sides = [result[side]["worth"] for side in (_WITHOUT, _WITH)]
    if all(sides):
        result["verdict"] = acts.compared(sides[0], sides[1])
    return result


def _act_questions(proposal: Proposal, found: Situations) -> dict[str, Question]:
    without, with_rule = _memories(proposal)
    return {
        f"{number}:{side}": acts.ask(
            f"act:{number}:{side}", one, situations.shown(one, rules)
        )
        for number, one in enumerate(found)
        if one is not None
        for side, rules in ((_WITHOUT, without), (_WITH, with_rule))
    }


def _memories(proposal: Proposal) -> tuple[list[Rule], list[Rule]]:
    """The store's rules as they are, and as they would be; what changes stands first."""
    rules = list(heads.read(proposal.store).rules)
    after = {rule.id: rule for rule in rules}
    new: list[Rule] = []
    touched: set[str] = set()
    for block in bindings.of(proposal).blocks:
        touched.add(block.rule)
        if block.kind == "add":
            new.append(
                Rule(id="", path=block.path, heading=block.heading, text=block.after)
            )
        elif block.kind == "delete":
            after.pop(block.rule, None)
        elif block.rule in after:
            after[block.rule] = msgspec.structs.replace(
                after[block.rule], text=block.after
            )

    def first(rule: Rule) -> bool:
        return rule.id not in touched

    return sorted(rules, key=first), [*new, *sorted(after.values(), key=first)]


def _failure(proposal: Proposal) -> dict[str, str]:
    said = " ".join(
        block.after or f"(deletes: {block.base})"
        for block in bindings.of(proposal).blocks
    )
    return {
        "kind": proposal.kind,
        "seen": proposal.because[:600],
        "said": proposal.trigger.get("template", "")[:200],
        "rule": said[:1_500],
    }


def _act_of(answer: Answer | None) -> Act | str:
    value = answer.value if answer else None
    return value if isinstance(value, Act) else _problem_of(answer)


def _problem_of(answer: Answer | None) -> str:
    return (answer.problem if answer else "") or "It was not answered."
