"""`python -m ser_lessons ...` is the same as the command `ser-lessons ...`."""

from .cli import main

if __name__ == "__main__":
    main()
