# Two commands: `make run` sets up and starts everything, `make test` sets up and tests it.
# Both need python3 with pip, and nothing else; packages go to .venv, data to .dreamboard.

PYTHON := .venv/bin/python
# A lock names packages and hashes, never the place that they came from.
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" scripts/uv pip compile --quiet --universal \
	--python-version 3.12 --generate-hashes --no-emit-index-url --no-emit-find-links

.PHONY: run test lint format lock upgrade bench clean

run:
	@scripts/setup
	@exec $(PYTHON) manage.py up

test:
	@scripts/setup dev
	@scripts/browser
	@scripts/lint
	@PATH="$(CURDIR)/.venv/bin:$$PATH" exec $(PYTHON) -m pytest --numprocesses auto --maxprocesses 4 $(PYTEST)

lint:
	@scripts/setup dev
	@scripts/lint

format:
	@scripts/setup dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
	.venv/bin/djade --target-version 6.1 $$(find templates -name '*.html')
	.venv/bin/djhtml --tabwidth 2 templates

# Resolve again after a change in pyproject.toml, keeping what still fits.
lock:
	$(COMPILE) $(UPGRADE) pyproject.toml -o requirements/base.txt
	$(COMPILE) $(UPGRADE) --group pyproject.toml:embedded -c requirements/base.txt -o requirements/embedded.txt
	$(COMPILE) $(UPGRADE) --group pyproject.toml:dev -c requirements/base.txt -o requirements/dev.txt

# The newest versions that pyproject.toml allows.
upgrade:
	@$(MAKE) lock UPGRADE=--upgrade

# Our figures beside a bare reference and the limit; ONLY="ingest bundle" for a part.
bench:
	@scripts/setup dev
	@exec $(PYTHON) -m tests.bench $(ONLY)

# Everything that can be made again; never the data.
clean:
	rm -rf .venv .uv .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
