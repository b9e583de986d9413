# make demo       set up, run the workflow on the embedded demo corpus, show Table 3 and say where the report is
# make test       set up, check the code, run the tests (make test-all: the longer ones too)
# make test-cluster   the workflow on a real Slurm, which it installs (Debian, root)
# make lint       only check the code: style, types, rules
# make refresh    from a finished demo: the README's graph and Table 3, docs/table3.svg

PYTHON ?= python3
CORES ?= all
BIN := .venv/bin

.PHONY: setup demo test test-all test-cluster lint refresh clean

setup: .venv/.done

# uv, from the machine or within the environment itself, resolves and installs in seconds. Compiled once here: where Python
# is told to keep no bytecode, as in many containers, each of the many jobs would compile all libraries again.
.venv/.done: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	command -v uv >/dev/null || $(BIN)/python -m pip install --quiet uv
	PATH="$$PATH:$(CURDIR)/$(BIN)" uv pip install --quiet --compile-bytecode --python $(BIN)/python --editable '.[dev]'
	touch $@

demo: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores $(CORES) results/report.html
	@$(BIN)/viewcast show

# The workflow's tests share what they run file by file; the file that runs it to its end, and the cluster, which waits for
# most of its time, are begun first.
WORKFLOW_TESTS := tests/workflow/test_report.py tests/cluster \
	$(filter-out %/test_report.py,$(sort $(wildcard tests/workflow/test_*.py)))

test: lint
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -q -n 2 -m "not slow" \
		--ignore tests/workflow --ignore tests/cluster
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder \
		-m "not slow" $(WORKFLOW_TESTS)

test-all: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -q --cov --cov-report term:skip-covered

# As root, on a machine that may be changed: installs Debian's Slurm, and runs it on loopback for as long as the tests take.
test-cluster: setup
	command -v slurmctld >/dev/null || { apt-get update -qq && apt-get install -y -qq slurm-wlm munge; }
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -q -s tests/cluster

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --lint

refresh: setup
	$(BIN)/python docs/refresh.py

clean:
	rm -rf results logs .snakemake
