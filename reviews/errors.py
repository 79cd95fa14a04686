"""What the domain refuses, and why: one class per reason, beside the verb that raises it."""

from typing import Any


class DomainError(Exception):
    """The request cannot be carried out.

    The class's docstring is the problem's title and its default message; ``code`` is
    kebab-case and never changes once released; ``facts`` are for programs.
    """

    code = "refused"
    status = 409

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message or self.title())
        self.message = message or self.title()
        self.facts = facts

    @classmethod
    def title(cls) -> str:
        """The first line of the docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]


class Invalid(DomainError):
    """Some of what was sent cannot be used."""

    code = "invalid"
    status = 422


class NotAllowed(DomainError):
    """Your role does not allow this."""

    code = "not-allowed"
    status = 403


class NotFound(DomainError):
    """There is no such thing here."""

    code = "not-found"
    status = 404
