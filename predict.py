"""Which emotion does this voice show?  python predict.py path/to.wav

The same as `ser-lessons predict`, under the name and in the place of the student project this course grew from.
"""

import sys

try:
    from ser_lessons.cli import main
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed: run `make install` in this folder, then .venv/bin/python predict.py ...")

if __name__ == "__main__":
    main(["predict", *sys.argv[1:]])
