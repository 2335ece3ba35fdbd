"""The settings of the commands in this package; see chassis.config for how they are read."""

import os
from dataclasses import dataclass

from chassis.config import Config, HttpUrl, PositiveInt, Secret, load
from infra.logs.api import Api


@dataclass(frozen=True, kw_only=True)
class Settings(Config):
    """`ca` names the file of the authority that has signed Elasticsearch's certificate.

    New keys go to files in `keys_folder`, or are printed, encrypted with `seal`, a public key;
    without either, none is made. `keys` names the keys to make, or if it is empty, all: each new
    one revokes the one before. `secured` is false for a laptop's Elasticsearch that lets everybody
    in.
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
