"""Run the command line as ``python -m allause``."""

from allause.cli import main

if __name__ == "__main__":
    main()
