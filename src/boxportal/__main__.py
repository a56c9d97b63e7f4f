"""`python -m boxportal` is the command line."""

from boxportal.cli.main import main

main()
