# Each target calls the task of the same name in tools/tasks.py, which also runs without make:
#   python3.11 tools/tasks.py lab
# Extra options: make test ARGS="-k splits"
PYTHON ?= python3.11
TASKS := install lab playground test soak reproduce bench lessons lock audit browser clean

.PHONY: help $(TASKS)

help:
	@$(PYTHON) tools/tasks.py --help

$(TASKS):
	@$(PYTHON) tools/tasks.py $@ $(ARGS)
