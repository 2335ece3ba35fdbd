"""What the commands in here are told; see chassis.config for how."""

import os
from dataclasses import dataclass

from chassis.config import Config, HttpUrl, PositiveInt, Secret, load
from infra.logs.api import Api


@dataclass(frozen=True, kw_only=True)
class Settings(Config):
    """`ca` names the file of the authority that Elasticsearch's certificate is of.

    Keys that are made go to files in `keys_folder`, or onto standard output for the one who holds
    the private half of `seal`; without either, none is made. `keys` names those that are meant, or
    all of them if it is empty: each that is made voids the one before. `secured` is false for a
    laptop's Elasticsearch that lets everybody in.
    """

    elasticsearch_url: HttpUrl = HttpUrl("https://elasticsearch:9200")
    kibana_url: HttpUrl = HttpUrl("http://kibana:5601")
    ca: str = ""
    secured: bool = True
    elastic_password: Secret = Secret("")
    kibana_password: Secret = Secret("")
    operator_password: Secret = Secret("")
    watch_key: Secret = Secret("")
    keys_folder: str = ""
    seal: str = ""
    keys: str = ""
    patience: PositiveInt = PositiveInt(600)

    @property
    def elasticsearch(self) -> Api:
        return Api(self.elasticsearch_url, self.ca, ("elastic", self.elastic_password))

    @property
    def kibana(self) -> Api:
        return Api(self.kibana_url, self.ca, ("elastic", self.elastic_password))


def read() -> Settings:
    return load(Settings, os.environ)
