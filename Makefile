# Each target calls the task of the same name in ser_lessons/tasks.py, which also runs without make:
#   python3.11 -m ser_lessons.tasks lab
# Extra options: make test ARGS="-k splits"
PYTHON ?= python3.11
TASKS := install lab playground test soak reproduce bench lessons lock audit browser clean

.PHONY: help $(TASKS)

help:
	@$(PYTHON) -m ser_lessons.tasks --help

$(TASKS):
	@$(PYTHON) -m ser_lessons.tasks $@ $(ARGS)
