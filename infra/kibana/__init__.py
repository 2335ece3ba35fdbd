"""What Kibana shows of the logs: saved searches and a dashboard, made from source.toml."""
