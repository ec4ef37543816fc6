# Each target calls the task of the same name in tools/tasks.py, which also runs without make:
#   python3 tools/tasks.py lab
# The newest of Python 3.13, 3.12 and 3.11 that is there is taken; make test PYTHON=python3.11 takes another.
# Extra options: make test ARGS="-k splits"
TASKS := install lab playground test book class hub soak reproduce bench lessons lock audit browser clean

export PYTHON
.PHONY: help $(TASKS)

help:
	@$(or $(PYTHON),python3) tools/tasks.py --help

$(TASKS):
	@$(or $(PYTHON),python3) tools/tasks.py $@ $(ARGS)
