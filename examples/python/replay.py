"""Prints the articles of a month as they are now, as CSV.

    python replay.py 2022-10
"""

import asyncio
import csv
import sys

from broadsheet import PARSED, batches, connect, headline, last


async def main(month):
    nc = await connect("replay")
    articles = {}
    async for batch in batches(nc, 0, until=await last(nc)):
        for _, event in batch:
            uri = event["subject"]
            if not uri.split(":")[4].startswith(month + "-"):
                continue
            # The newest event of an article counts; one that is not parsed takes it away.
            if event["type"] == PARSED:
                articles[uri] = event["data"]
            else:
                articles.pop(uri, None)
    out = csv.writer(sys.stdout, lineterminator="\n")
    for uri, article in sorted(articles.items()):
        out.writerow([uri, article["version"], headline(article)])
    await nc.close()


asyncio.run(main(*sys.argv[1:]))
