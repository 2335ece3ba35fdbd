"""Sets up Elasticsearch and Kibana to store and show the logs, and proves that they do.

Runs in the image that the Dockerfile next to it builds, and directly on any machine.
"""
