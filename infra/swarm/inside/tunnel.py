"""Runs inside the stack, in a service's image: forwards connections to HOST:PORT.

What is for operators publishes no port on any node. `make kibana`, `make grafana` and the like
put this into its network, and on the loopback address of one node, while somebody looks.
"""

import asyncio
import sys
from contextlib import suppress


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copy until either side ends."""
    with suppress(OSError):
        while part := await source.read(65_536):
            target.write(part)
            await target.drain()
    target.close()


async def serve(host: str, port: int, listen: tuple[str, int]) -> asyncio.Server:
    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(host, port)
            await asyncio.gather(copy(reader, back), copy(there, writer))
        except OSError as error:
            print(f"{host}:{port}: {error}", file=sys.stderr, flush=True)
            writer.close()

    return await asyncio.start_server(hand_on, *listen)


async def main() -> None:
    host, _, port = sys.argv[1].rpartition(":")
    listen = ("0.0.0.0", int(port))  # noqa: S104 - inside a container
    server = await serve(host, int(port), listen)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
