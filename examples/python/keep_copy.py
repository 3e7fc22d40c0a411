"""Keeps an SQLite database equal to what Broadsheet shows, through updates and
withdrawals. It may be killed at any time: how far it has come is committed in
one transaction with the articles.

    python keep_copy.py copy.db
"""

import asyncio
import sqlite3
import sys

from broadsheet import PARSED, batches, body, connect, headline

TABLES = """
CREATE TABLE IF NOT EXISTS articles (
    uri TEXT PRIMARY KEY, status TEXT, version TEXT, headline TEXT, body TEXT,
    sequence TEXT  -- of two events about one article the larger is right
);
CREATE TABLE IF NOT EXISTS position (only INTEGER PRIMARY KEY CHECK (only = 1), stream_sequence INTEGER);
INSERT OR IGNORE INTO position VALUES (1, 0);
"""

# An article that was withdrawn keeps its row without its content.
TAKE = """
INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (uri) DO UPDATE SET
    status = excluded.status, version = excluded.version, headline = excluded.headline, body = excluded.body, sequence = excluded.sequence
WHERE excluded.sequence >= articles.sequence
"""


def row(event):
    if event["type"] != PARSED:
        return event["subject"], "withdrawn", "", "", "", event["sequence"]
    article = event["data"]
    return event["subject"], "live", article["version"], headline(article), body(article), event["sequence"]


async def main(path):
    db = sqlite3.connect(path)
    db.executescript(TABLES)
    (position,) = db.execute("SELECT stream_sequence FROM position").fetchone()
    nc = await connect("keep-copy")
    async for batch in batches(nc, position):
        position = batch[-1][0]
        with db:  # one transaction
            db.executemany(TAKE, [row(event) for _, event in batch])
            db.execute("UPDATE position SET stream_sequence = ?", (position,))
        print(position, flush=True)


asyncio.run(main(*sys.argv[1:]))
