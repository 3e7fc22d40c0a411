"""What the examples share: the connection, and reading the stream in order.

BROADSHEET_NATS, BROADSHEET_NATS_USER and BROADSHEET_NATS_PASSWORD say where the
server is and who we are.
"""

import asyncio
import json
import os

import nats
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

STREAM = "ARTICLES"
PARSED = "broadsheet.article.parsed.v1"


async def connect(name):
    user = os.environ.get("BROADSHEET_NATS_USER")
    options = {}
    if user:
        # Answers to a user arrive under a prefix of his own.
        options = {"user": user, "password": os.environ["BROADSHEET_NATS_PASSWORD"], "inbox_prefix": "_INBOX_" + user}
    url = os.environ.get("BROADSHEET_NATS", "nats://127.0.0.1:4222")

    async def quiet(_):
        pass  # an outage: the client reconnects by itself

    return await nats.connect(url, name=name, max_reconnect_attempts=-1, reconnect_time_wait=0.25, error_cb=quiet, **options)


def headline(article):
    return next((h["value"] for h in article["headlines"] if h["role"] == "main"), "")


def body(article):
    return article["bodies"][0]["value"] if article.get("bodies") else ""


async def batches(nc, after, subject="articles.>", until=None):
    """Yields lists of (stream sequence, event), in order and without a gap, from
    behind the stream sequence `after`; it ends behind `until` when that is given.

    The consumer keeps nothing on the server and acknowledges nothing, so that
    nothing comes twice or late. Its own numbering tells when something was lost
    on the way, in an outage: then a new one begins behind what we have.
    """
    js = nc.jetstream()
    while until is None or after < until:
        try:
            start = ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1, ack_policy=AckPolicy.NONE, inactive_threshold=30
            )
            pull = await js.pull_subscribe(subject, stream=STREAM, config=start)
            expected = 1
            while until is None or after < until:
                try:
                    messages = await pull.fetch(500, timeout=1)
                except asyncio.TimeoutError:  # the library raises this one as well as its own
                    await pull.consumer_info()  # fails when the server has lost the consumer
                    continue
                out = []
                for m in messages:
                    if m.metadata.sequence.consumer != expected:
                        raise Error("something was lost on the way")
                    expected += 1
                    out.append((m.metadata.sequence.stream, json.loads(m.data)))
                if out:
                    yield out
                    after = out[-1][0]
        except Error:
            await asyncio.sleep(0.5)


async def last(nc, subject="articles.>"):
    """The stream sequence of the newest event, 0 when there is none."""
    try:
        return (await nc.jetstream().get_last_msg(STREAM, subject)).seq
    except nats.js.errors.NotFoundError:
        return 0
