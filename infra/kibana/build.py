"""Make objects.ndjson, which Kibana imports, from source.toml: `python -m infra.kibana.build`."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
SOURCE = FOLDER / "source.toml"
TARGET = FOLDER / "objects.ndjson"
DATA_VIEW = "minitwit-logs"
INDICES = "logs-minitwit.*-*"
# Versions of the objects' form, not of Kibana: a newer Kibana brings them up to date.
_FORM = {"index-pattern": "8.0.0", "search": "10.5.0", "lens": "8.9.0", "dashboard": "10.2.0"}
_IN_MILLISECONDS = {
    "id": "duration",
    "params": {
        "inputFormat": "nanoseconds",
        "outputFormat": "asMilliseconds",
        "outputPrecision": 1,
    },
}
Object = dict[str, Any]


def objects(source: Object) -> Iterator[Object]:
    """The data view, then what refers to it, then what refers to that."""
    queries = {entry["id"]: entry["query"] for entry in source["search"]}
    yield data_view()
    yield from map(search, source["search"])
    for panel in source["panel"]:
        yield lens(panel, panel.get("query", queries.get(panel.get("search"))))
    panels = [("lens", panel["id"]) for panel in source["panel"]]
    searches = [("search", name) for name in source["dashboard"]["searches"]]
    yield dashboard(source["dashboard"], [*panels, *searches])


def made(kind: str, name: str, attributes: Object, references: list[Object]) -> Object:
    return {
        "type": kind,
        "id": name,
        "attributes": attributes,
        "references": references,
        "coreMigrationVersion": "8.8.0",
        "typeMigrationVersion": _FORM[kind],
    }


def data_view() -> Object:
    attributes = {
        "name": "MiniTwit's logs",
        "title": INDICES,
        "timeFieldName": "@timestamp",
        "allowNoIndex": True,
        "fieldFormatMap": json.dumps({"event.duration": _IN_MILLISECONDS}),
    }
    return made("index-pattern", DATA_VIEW, attributes, [])


def search(entry: Object) -> Object:
    source = "kibanaSavedObjectMeta.searchSourceJSON"
    asked = {"query": kuery(entry["query"]), "filter": [], "indexRefName": f"{source}.index"}
    attributes = {
        "title": entry["title"],
        "description": entry["description"],
        "columns": entry["columns"],
        "sort": [entry.get("sort", ["@timestamp", "desc"])],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "timeRestore": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(asked)},
    }
    return made("search", entry["id"], attributes, [of_data_view(f"{source}.index")])


def lens(entry: Object, query: str) -> Object:
    """Over time, a colour for each value of `split`: the count, or a percentile of a field."""
    columns = {"time": _TIME, "split": split(entry["split"]), "value": _COUNT}
    if field := entry.get("percentile"):
        columns["value"] = percentile(field)
    layer = {"columns": columns, "columnOrder": ["split", "time", "value"], "incompleteColumns": {}}
    shape = "line" if "percentile" in entry else "bar_stacked"
    drawn = {
        "layerId": "layer",
        "layerType": "data",
        "seriesType": shape,
        "xAccessor": "time",
        "splitAccessor": "split",
        "accessors": ["value"],
    }
    state = {
        "datasourceStates": {"formBased": {"layers": {"layer": layer}}},
        "visualization": {
            "preferredSeriesType": shape,
            "layers": [drawn],
            "legend": {"isVisible": True, "position": "right"},
            "valueLabels": "hide",
        },
        "query": kuery(query),
        "filters": [],
        "internalReferences": [],
        "adHocDataViews": {},
    }
    attributes = {"title": entry["title"], "visualizationType": "lnsXY", "state": state}
    references = [of_data_view("indexpattern-datasource-layer-layer")]
    return made("lens", entry["id"], attributes, references)


_TIME = {
    "label": "@timestamp",
    "dataType": "date",
    "operationType": "date_histogram",
    "sourceField": "@timestamp",
    "isBucketed": True,
    "scale": "interval",
    "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
}
_COUNT = {
    "label": "Lines",
    "customLabel": True,
    "dataType": "number",
    "operationType": "count",
    "sourceField": "___records___",
    "isBucketed": False,
    "scale": "ratio",
    "params": {"emptyAsNull": True},
}


def split(field: str) -> Object:
    return {
        "label": field,
        "customLabel": True,
        "dataType": "number" if field.endswith("status_code") else "string",
        "operationType": "terms",
        "sourceField": field,
        "isBucketed": True,
        "scale": "ordinal",
        "params": {
            "size": 12,
            "orderBy": {"type": "column", "columnId": "value"},
            "orderDirection": "desc",
            "otherBucket": True,
            "missingBucket": False,
            "parentFormat": {"id": "terms"},
        },
    }


def percentile(field: str) -> Object:
    return {
        "label": f"99 % of {field}",
        "customLabel": True,
        "dataType": "number",
        "operationType": "percentile",
        "sourceField": field,
        "isBucketed": False,
        "scale": "ratio",
        "params": {"percentile": 99},
    }


def dashboard(entry: Object, panels: list[tuple[str, str]]) -> Object:
    """Panels two in a row; a search takes a row of its own."""
    laid: list[Object] = []
    references: list[Object] = []
    x = y = 0
    for number, (kind, name) in enumerate(panels, start=1):
        width = 24 if kind == "lens" else 48
        grid = {"x": x, "y": y, "w": width, "h": 12, "i": str(number)}
        x = (x + width) % 48
        y += 0 if x else 12
        laid.append(
            {
                "type": kind,
                "panelIndex": str(number),
                "gridData": grid,
                "embeddableConfig": {"enhancements": {}},
                "panelRefName": f"panel_{number}",
            }
        )
        references.append({"name": f"{number}:panel_{number}", "type": kind, "id": name})
    attributes = {
        "title": entry["title"],
        "description": entry["description"],
        "panelsJSON": json.dumps(laid),
        "optionsJSON": json.dumps({"useMargins": True, "hidePanelTitles": False}),
        "timeRestore": True,
        "timeFrom": "now-24h",
        "timeTo": "now",
        "kibanaSavedObjectMeta": {
            "searchSourceJSON": json.dumps({"query": kuery(""), "filter": []})
        },
    }
    return made("dashboard", entry["id"], attributes, references)


def kuery(text: str) -> Object:
    return {"query": text, "language": "kuery"}


def of_data_view(name: str) -> Object:
    return {"name": name, "type": "index-pattern", "id": DATA_VIEW}


def text() -> str:
    source = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    return "".join(f"{json.dumps(each, sort_keys=True)}\n" for each in objects(source))


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
