"""A machine of another network namespace: does what its standard input says, a line each, and answers in JSON.

hear            what was said to the group since the beginning, each as [kind, location, unique name]
search          looks for everything; what was answered within a second
get URL         status and body
browse URL ID   ids and titles, by SOAP at /ctl/cds of this address
"""

import asyncio
import json
import sys
import urllib.error
import urllib.request

from lxml import etree

from tests.virtualfs.dlna.asking import envelope
from tests.virtualfs.dlna.ears import Ears, field
from virtualfs.dlna.description import CONTENT


def notices(messages: list[str]) -> list[list[str]]:
    found = [m for m in messages if "ssdp:" in m or m.startswith("HTTP/1.1 200")]
    return [[field(m, "NTS"), field(m, "LOCATION"), field(m, "USN")] for m in found if "M-SEARCH" not in m]


def ask(url: str, body: str | None = None) -> tuple[int, str]:
    request = urllib.request.Request(url, None if body is None else body.encode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def browse(url: str, id_: str) -> dict[str, list[str]]:
    arguments = {"ObjectID": id_, "BrowseFlag": "BrowseDirectChildren"}
    status, body = ask(f"{url}/ctl/cds", envelope(CONTENT.type, "Browse", arguments))
    if status != 200:
        return {"status": [str(status)]}
    result = etree.fromstring(etree.fromstring(body.encode()).findtext(".//Result") or "")
    return {"ids": [each.get("id", "") for each in result], "titles": [each[0].text or "" for each in result]}


async def main(ip: str) -> None:
    loop = asyncio.get_running_loop()
    async with Ears(ip) as ears:
        print(json.dumps("ready"), flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            what, *given = line.split()
            if what == "hear":
                answer: object = notices(ears.heard)
            elif what == "search":
                ears.answers.clear()
                ears.search("ssdp:all")
                await asyncio.sleep(1)
                answer = notices(ears.answers)
            elif what == "get":
                answer = await loop.run_in_executor(None, ask, *given)
            else:
                answer = await loop.run_in_executor(None, browse, *given)
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
