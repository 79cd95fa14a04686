"""What an address may ask of a door: a name that is none of its own is refused.

A reader that writes ``?verison=41`` would get the head, and never know.
"""

from django.http import HttpRequest
from ninja import Schema

from reviews.errors import Invalid


def check(request: HttpRequest, known: type[Schema]) -> None:
    """Refuse the first parameter that the door does not know."""
    for name in request.GET:
        if name not in known.model_fields:
            names = ", ".join(known.model_fields)
            raise Invalid(
                f"There is no “{name}” to ask for; there are {names}.", field=name
            )
