# `make help` lists the tasks. The environment is made when a task needs it.

UV := $(shell command -v uv 2>/dev/null || echo .bootstrap/bin/uv)
READY := .venv/.ready
RUN := .venv/bin/renforce
PY := .venv/bin/python

export UV_PYTHON_DOWNLOADS := never
# Many containers set it; then every process would compile its libraries again, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test test-all lint bench bench-speed bench-fidelity bench-memory bench-recognised bench-demo bench-photographs bench-holes bench-cam bench-cifar10 bench-train bench-compare bench-looks bench-slices bench-study sheet readme lock clean

help:  ## List the tasks
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

setup: $(READY)  ## Make the environment in .venv from the pinned versions

demo: $(READY)  ## Run a whole cycle on rendered pictures; its report is runs/demo/report.html
	$(RUN) loop configs/demo.yaml -o runs/demo

test: lint  ## Check style and types, run all tests
	OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile

test-all: lint  ## Run the slow tests too, which look at more cases of the same
	OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile -m "slow or not slow"

lint: $(READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/mypy benchmarks

bench: bench-speed bench-fidelity bench-memory bench-cam bench-train $(if $(JUDGE),bench-recognised) $(if $(DATA),bench-photographs) bench-demo  ## Measure the figures of the documentation (JUDGE=recognise.py DATA=folder of CIFAR-10)

bench-speed: $(READY)  ## Measure pictures a second against a plain Blender script, and where time goes
	$(PY) -m benchmarks.speed

bench-fidelity: $(READY)  ## Measure the error of few samples, denoised or not, against 1,024 samples
	$(PY) -m benchmarks.fidelity

bench-memory: $(READY)  ## Measure the memory of a worker over 2,000 pictures and of an evaluation over 10,000
	$(PY) -m benchmarks.memory
	$(PY) -m benchmarks.streaming

bench-recognised: $(READY)  ## Measure how many renders a classifier of photographs recognises (JUDGE=recognise.py, DATA=folder of CIFAR-10 for photographs as well)
	$(PY) -m benchmarks.recognised $(JUDGE) $(if $(DATA),$(wildcard $(DATA)/*test))

bench-cam: $(READY)  ## Measure the cost of attribution maps, of their scores, and of the network in an evaluation
	$(PY) -m benchmarks.cam

bench-demo: $(READY)  ## Measure the demo on three seeds
	$(PY) -m benchmarks.demo

bench-photographs: $(READY)  ## Train on renders, test on photographs (DATA=folder of CIFAR-10, with train and test)
	$(PY) -m benchmarks.photographs $(DATA)

bench-holes: $(READY)  ## Plant holes in photographs and close them with pairs of renders (DATA=folder of Stanford Cars)
	$(PY) -m benchmarks.holes $(DATA)

bench-cifar10: $(READY)  ## Run the cycle on real photographs (DATA=folder of CIFAR-10, with train and test)
	$(PY) -m benchmarks.cifar10 $(DATA)

bench-train: $(READY)  ## Measure the speed of training against a bare PyTorch loop
	$(PY) -m benchmarks.train

bench-compare: $(READY)  ## Compare networks on photographs (DATA=folder of CIFAR-10, with train and test)
	$(PY) -m benchmarks.compare $(DATA)

bench-looks: $(READY)  ## Compare where networks look, and how that changes in training (DATA=folder of CIFAR-10, with train and test)
	.venv/bin/renforce render configs/probe.yaml -o runs/probe
	.venv/bin/renforce compare configs/looks.yaml -o runs/looks --set data.root=$(DATA) --set probe.folder=runs/probe

bench-slices: $(READY)  ## Plant known failures and see which method finds them
	$(PY) -m benchmarks.slices

bench-study: $(READY)  ## Compare controllers at equal renders (DATA=folder of CIFAR-10 for the studies on photographs)
	$(PY) -m benchmarks.study virtual
	$(PY) -m benchmarks.study confirm
	$(PY) -m benchmarks.study again
	$(if $(DATA),$(PY) -m benchmarks.study real $(DATA))
	$(if $(DATA),$(PY) -m benchmarks.study real $(DATA) --renders 1600 --arms none "uniform, own" --reference "uniform, own" --seeds 2 3 4 5 6 7 8 9)
	$(if $(DATA),$(PY) -m benchmarks.offset $(DATA))
	$(if $(DATA),$(PY) -m benchmarks.study raised $(DATA))
	$(if $(DATA),$(PY) -m benchmarks.study real $(DATA) --per-class 500)

sheet: $(READY)  ## Render the contact sheets of the documentation
	$(PY) -m benchmarks.sheet runs/sheets

readme: $(READY)  ## Put the measured figures into README.md and docs/, and make the reference pages
	$(PY) -m benchmarks.docs

lock: $(READY)  ## Update the pinned versions
	$(UV) pip compile -q --upgrade --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock

clean:  ## Remove the environment
	rm -rf .venv .bootstrap

$(READY): requirements.lock pyproject.toml .python-version
	@command -v $(UV) >/dev/null || { python3 -m venv .bootstrap && .bootstrap/bin/pip install -q uv; }
	$(UV) venv -q --allow-existing .venv
	$(UV) pip sync -q requirements.lock
	$(UV) pip install -q --no-deps -e .
	@touch $@
