"""One command a file: `fill(parser)` says what it takes, `run(args)` does it and returns plain JSON."""
