"""An engine that counts as ``Counting`` does, and asks a model about each draft of it."""

from typing import Any, ClassVar

import msgspec

from reviews.dreams.engines import Context, Head, Outcome, Refusal
from tests.dreams.asking.factories import a_question
from tests.dreams.counting import Counting


class Curious(Counting):
    name = "curious"
    # How often it was begun, and how often it counted everything.
    begun: ClassVar[list[str]] = []

    def reduce(self, digests: Any) -> Any:
        self.begun.append("reduce")
        return super().reduce(digests)

    def consider(
        self, state: Any, head: Head, settings: Any, context: Context
    ) -> Outcome:
        self.begun.append("consider")
        counted = self.propose(state, head, settings)
        asked = [a_question(d.fingerprint[:20], user=d.title) for d in counted.drafts]
        answers = context.oracle.ask(asked)
        doubted = [
            a_question(f"doubt {question.name}", purpose="doubt", tier="strong")
            for question in asked
            if answers[question.name].value
        ]
        second = context.oracle.ask(doubted)
        drafts, refused = [], list(counted.refused)
        for draft, question in zip(counted.drafts, asked, strict=True):
            answer = second.get(f"doubt {question.name}", answers[question.name])
            if answer.value and answer.value.verdict == "rule":
                engine = msgspec.structs.replace(draft, engine=self.name)
                drafts.append(engine)
            else:
                refused.append(
                    Refusal(
                        statement=draft.title,
                        code="judged",
                        reason=answer.problem or "The model would not.",
                        fingerprint=draft.fingerprint,
                    )
                )
        return msgspec.structs.replace(
            counted, drafts=tuple(drafts), refused=tuple(refused)
        )
