"""`make dashboards`: write the JSON that Grafana reads; a test checks that it is up to date."""

import json
from pathlib import Path

from infra.grafana.as_json import dashboard
from infra.grafana.boards import business, services, simulator, slo, technical
from infra.grafana.panels import Board

FOLDER = Path(__file__).parent / "dashboards"
BOARDS = (technical.BOARD, business.BOARD, services.BOARD, simulator.BOARD, slo.BOARD)


def text(board: Board) -> str:
    return json.dumps(dashboard(board), indent=2) + "\n"


def main() -> None:
    for board in BOARDS:
        (FOLDER / f"{board.name}.json").write_text(text(board), encoding="utf-8")


if __name__ == "__main__":
    main()
