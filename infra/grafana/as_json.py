"""A board as the JSON that Grafana reads."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from infra.grafana.panels import BLUE, RED, Board, Panel, Query, Row

Json = dict[str, Any]
# The data source is provisioned under this uid (provisioning/datasource.yml).
SOURCE = {"type": "prometheus", "uid": "minitwit-prometheus"}
COLUMNS = 24


@dataclass
class Place:
    """Where the next panel goes."""

    x: int = 0
    y: int = 0
    tallest: int = 0
    ids: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    def take(self, width: int, height: int) -> Json:
        if self.x + width > COLUMNS:
            self.x, self.y, self.tallest = 0, self.y + self.tallest, 0
        taken = {"x": self.x, "y": self.y, "w": width, "h": height}
        self.x, self.tallest = self.x + width, max(self.tallest, height)
        return taken


def dashboard(board: Board) -> Json:
    """What Grafana reads."""
    place = Place()
    return {
        "uid": f"minitwit-{board.name}",
        "title": board.title,
        "description": board.what,
        "tags": ["minitwit"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "utc",
        "refresh": "30s",
        "time": {"from": board.since, "to": "now"},
        "links": [LINKS],
        "annotations": {"list": [DEPLOYS, PAGES]},
        "templating": {"list": [SERVICE] if board.by_service else []},
        "panels": [_part(part, place) for part in board.parts],
    }


def _part(part: Panel | Row, place: Place) -> Json:
    if isinstance(part, Row):
        grid = place.take(COLUMNS, 1)
        return {"id": next(place.ids), "type": "row", "title": part.title, "gridPos": grid} | {
            "collapsed": False,
            "panels": [],
        }
    return {
        "id": next(place.ids),
        "type": part.kind,
        "title": part.title,
        "description": part.what,
        "datasource": SOURCE,
        "gridPos": place.take(part.width, part.height),
        "targets": [_target(part, at, query) for at, query in enumerate(part.queries)],
        "fieldConfig": {"defaults": _field(part), "overrides": []},
        "options": _OPTIONS[part.kind],
        **({"transformations": _COLUMNS} if part.kind == "table" else {}),
    }


def _target(panel: Panel, at: int, query: Query) -> Json:
    now = panel.kind != "timeseries"
    return {
        "refId": chr(ord("A") + at),
        "datasource": SOURCE,
        "expr": query.expression,
        "legendFormat": query.legend or "__auto",
        "instant": now,
        "range": not now,
        "format": "table" if panel.kind == "table" else "time_series",
    }


def _field(panel: Panel) -> Json:
    defaults: Json = {"unit": panel.unit, "min": 0, "custom": _custom(panel)}
    defaults["color"] = {"mode": "thresholds" if panel.kind != "timeseries" else "palette-classic"}
    steps = panel.steps or [(0, BLUE)]
    (_, lowest), *rest = steps
    defaults["thresholds"] = {
        "mode": "absolute",
        "steps": [
            {"value": None, "color": lowest},
            *({"value": value, "color": color} for value, color in rest),
        ],
    }
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    if panel.most is not None:
        defaults["max"] = panel.most
    return defaults


def _custom(panel: Panel) -> Json:
    if panel.kind != "timeseries":
        return {}
    return {
        "lineWidth": 2,
        "fillOpacity": 25 if panel.stacked else 8,
        "showPoints": "never",
        "spanNulls": 120_000,
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if panel.steps else "off"},
    }


_OPTIONS: dict[str, Json] = {
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value",
        "graphMode": "none",
        "textMode": "auto",
        "justifyMode": "auto",
        "orientation": "auto",
    },
    "table": {"showHeader": True, "cellHeight": "sm"},
}
_COLUMNS = [{"id": "organize", "options": {"excludeByName": {"Time": True, "__name__": True}}}]

LINKS = {
    "title": "MiniTwit",
    "type": "dashboards",
    "tags": ["minitwit"],
    "asDropdown": False,
    "includeVars": False,
    "keepTime": True,
}
DEPLOYS = {
    "name": "Deploys",
    "enable": True,
    "iconColor": "purple",
    "datasource": SOURCE,
    "expr": "minitwit:version_replicas:count unless minitwit:version_replicas:count offset 2m",
    "step": "60s",
    "titleFormat": "{{job}} {{version}}",
    "textFormat": "commit {{commit}}",
    "tagKeys": "job",
}
PAGES = {
    "name": "Pages",
    "enable": True,
    "iconColor": RED,
    "datasource": SOURCE,
    "expr": 'ALERTS{alertstate="firing", severity="page"}',
    "step": "60s",
    "titleFormat": "{{alertname}}",
    "textFormat": "{{service}}",
    "tagKeys": "service",
}
SERVICE = {
    "name": "service",
    "label": "Service",
    "type": "query",
    "datasource": SOURCE,
    "query": {"query": "label_values(minitwit_build, job)", "refId": "service"},
    "refresh": 2,
    "sort": 1,
    "multi": True,
    "includeAll": True,
    "current": {"text": ["All"], "value": ["$__all"]},
}
