"""`python -m renforce`: the command line."""

from renforce.cli import main

if __name__ == "__main__":
    main()
