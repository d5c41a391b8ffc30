"""The command line: parses arguments, calls one service, prints. Results go to stdout, everything else to stderr."""
