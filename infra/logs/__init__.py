"""What Elasticsearch and Kibana are told so that they keep and show the logs, and proofs of it.

Runs in the image that the Dockerfile beside this builds, and as it is on any machine.
"""
