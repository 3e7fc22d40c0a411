"""Prints every event about an article, one a line, and goes on where it was when
it is started again: the server remembers that by the name.

    python follow.py my-name
"""

import asyncio
import json
import sys

from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig

from broadsheet import STREAM, connect


async def main(name):
    nc = await connect("follow")
    # One unacknowledged event at a time: strictly in order, after a crash as well.
    # The server waits ack_wait before it hands an event out again.
    config = ConsumerConfig(durable_name=name, ack_policy=AckPolicy.EXPLICIT, ack_wait=10, max_ack_pending=1)
    pull = None
    handled = 0
    while True:
        try:
            if pull is None:
                pull = await nc.jetstream().pull_subscribe("articles.>", durable=name, stream=STREAM, config=config)
            for m in await pull.fetch(1, timeout=1):
                sequence = m.metadata.sequence.stream
                if sequence > handled:  # else a killed server forgot our acknowledgement
                    event = json.loads(m.data)
                    print(sequence, event["type"], event["subject"], flush=True)
                    handled = sequence
                await m.ack_sync()
        except asyncio.TimeoutError:  # the library raises this one as well as its own
            continue
        except Error:
            await asyncio.sleep(0.5)


asyncio.run(main(*sys.argv[1:]))
