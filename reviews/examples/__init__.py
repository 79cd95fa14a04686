"""An example team: generated traces with planted mistakes, workflows and wishes."""
