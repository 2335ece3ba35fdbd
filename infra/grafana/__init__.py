"""Dashboards as code: boards/ says what is on them, dashboards/ is what Grafana reads."""
