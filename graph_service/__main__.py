"""``python -m graph_service`` and the command ``graph-service``."""

from graph_service.cli.application import main

if __name__ == "__main__":
    main()
