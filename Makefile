# Everything that is installed lives in .venv, and in .venv-oldest for test-oldest; nothing else is touched.
PYTHON ?= python3
BIN := .venv/bin
CORES ?= all
FUZZ_SECONDS ?= 600
CONTRAST ?= T2w
WEIGHTS ?= src/isospine/models/pretrained/weights.safetensors
DEVICE ?= auto

# Several tests at a time; those of a file stay together, as they share what they are about.
PYTEST := $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

.PHONY: help install install-test demo docs test test-fast test-smoke test-all test-oldest check mutants bench weights fuzz docs-figures clean

help:
	@echo "make install  install isospine into .venv, with what users need"
	@echo "make install-test  install beside it what the checks and tests need"
	@echo "make demo     run the embedded demo: results/ and report.html"
	@echo "make docs     build the documentation as a site: site/index.html"
	@echo "make test     install, and run every check and test but the nightly ones (13 minutes on 2 cores)"
	@echo "make test-fast   the quick tests, none of which starts Snakemake (3 minutes on 2 cores)"
	@echo "make test-smoke  one nightly test of each family: kills, clocks, full disk, users, cache damage, Slurm"
	@echo "make test-all    every check and test"
	@echo "make test-oldest  run every test with the oldest versions of the dependencies, in .venv-oldest"
	@echo "make mutants  change the source in small ways and count which changes the tests notice (an hour)"
	@echo "make check    linters and type checker only"
	@echo "make bench    print the measured figures of benchmarks/"
	@echo "make fuzz     mutate images and model files for ten minutes each, until something breaks"
	@echo "make weights  train the network of the pretrained prior on isotropic images: BODIES='a.nii.gz b.nii.gz' (35 minutes without a GPU)"
	@echo "make docs-figures  run the demo and make the pictures of docs/images again"
	@echo "make clean    remove results/, report.html and site/"

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[validation]'
	touch $@

install-test: .venv/installed-test

.venv/installed-test: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

demo: install
	$(BIN)/snakemake --cores $(CORES)
	$(BIN)/snakemake --report report.html
	@echo "Done: open report.html, or look into results/"

.venv/installed-docs: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[docs]'
	touch $@

docs: .venv/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "Done: open site/index.html"

check: install-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/oxlint --deny-warnings src

test: check
	$(PYTEST) -m "not nightly"

test-fast: install-test
	$(PYTEST) -m "not nightly and not workflow and not slow"

test-smoke: install-test
	$(PYTEST) -m smoke

test-all: check
	$(PYTEST)

.venv-oldest/installed: pyproject.toml constraints-oldest.txt
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/pip install --quiet --disable-pip-version-check --constraint constraints-oldest.txt --editable '.[test]'
	touch $@

test-oldest: .venv-oldest/installed
	.venv-oldest/bin/pytest

mutants: install-test
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[mutation]'
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/mutants.py

bench: install
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/run.py

weights: install
	$(BIN)/python -m isospine.models.pretrained.make $(BODIES) --contrast $(CONTRAST) --output $(WEIGHTS) --device $(DEVICE)

fuzz: install
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fuzz]'
	OMP_NUM_THREADS=1 $(BIN)/python fuzz/run.py nifti -max_total_time=$(FUZZ_SECONDS)
	OMP_NUM_THREADS=1 $(BIN)/python fuzz/run.py model -max_total_time=$(FUZZ_SECONDS)

docs-figures: demo install-test
	$(BIN)/snakemake --cores $(CORES) --configfile docs/extras.yaml
	$(BIN)/python docs/figures.py
	$(BIN)/python docs/gallery.py

clean:
	chmod -R u+w results 2>/dev/null || true
	rm -rf results report.html site
