"""How a television asks, in process: SOAP, addresses, and what it reads out of the answers."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx2 as httpx
from anyio.from_thread import BlockingPortal
from lxml import etree
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from services import screens
from services.screens import Device, identify
from virtualfs.dlna.description import SERVICES
from virtualfs.dlna.media import SIGNED

HERE = "127.0.0.1"
DIDL, DC, UPNP = (
    "{urn:schemas-upnp-org:metadata-1-0/DIDL-Lite/}", "{http://purl.org/dc/elements/1.1/}",
    "{urn:schemas-upnp-org:metadata-1-0/upnp/}",
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """What Browse or Search answered."""

    result: str
    returned: int
    total: int
    update: int

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.result.encode())

    @property
    def ids(self) -> list[str]:
        return [each.get("id", "") for each in self.root]

    @property
    def titles(self) -> list[str]:
        return [each.findtext(f"{DC}title") or "" for each in self.root]

    def resources(self, number: int = 0) -> list[str]:
        return [each.text or "" for each in self.root[number].iter(f"{DIDL}res")]


class Refusal(Exception):
    """A SOAP fault."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Asker:
    """A machine at the address `ip` that asks the application at ours."""

    def __init__(self, app: ASGIApp, key: bytes, ip: str) -> None:
        self.app, self.key, self.ip = app, key, ip
        self.loop: BlockingPortal | None = None

    @property
    def device(self) -> Device:
        return identify(self.ip, None, "")

    def fetch(self, pid: str, what: str) -> int:
        """Ask for bytes of an item, by an address signed for this machine; gives the status."""
        token = screens.sign(self.key, self.device, pid, SIGNED)
        return self.get(f"/m/{token}/{pid}/{what}").status_code

    def client(self, ip: str = "") -> TestClient:
        client = TestClient(
            self.app, base_url=f"http://{HERE}:4977", client=(ip or self.ip, 5000), follow_redirects=False
        )
        client.portal = self.loop
        return client

    def get(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """One request; underscores in names of headers are hyphens."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client().request(method, path.removeprefix(f"http://{HERE}:4977"), headers=given)

    def post(self, key: str, body: bytes | str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self.client().post(f"/ctl/{key}", content=body, headers=dict(headers or {}))

    def act(
        self, key: str, action: str, headers: Mapping[str, str] | None = None, **arguments: object
    ) -> dict[str, str]:
        """Do one action; raises Refusal."""
        service = next(service for service in SERVICES if service.key == key)
        answer = self.post(key, envelope(service.type, action, arguments), headers)
        root = etree.fromstring(answer.content)
        if answer.status_code != 200:
            assert answer.status_code == 500, answer.text
            raise Refusal(int(root.findtext(".//{*}errorCode") or 0))
        return {etree.QName(each).localname: each.text or "" for each in root[0][0]}

    def browse(self, id: str = "0", flag: str = "BrowseDirectChildren", *, headers: Mapping[str, str] | None = None,
               start: object = 0, count: object = 0, filter: str = "*", sort: str = "") -> Page:  # fmt: skip
        found = self.act(
            "cds", "Browse", headers, ObjectID=id, BrowseFlag=flag, Filter=filter, StartingIndex=start,
            RequestedCount=count, SortCriteria=sort,
        )  # fmt: skip
        return page_of(found)

    def search(
        self, criteria: str, within: str = "0", *, start: int = 0, count: int = 0, sort: str = ""
    ) -> Page:
        found = self.act(
            "cds", "Search", ContainerID=within, SearchCriteria=criteria, Filter="*", StartingIndex=start,
            RequestedCount=count, SortCriteria=sort,
        )  # fmt: skip
        return page_of(found)


def page_of(found: Mapping[str, str]) -> Page:
    return Page(
        found["Result"], int(found["NumberReturned"]), int(found["TotalMatches"]), int(found["UpdateID"])
    )


def envelope(service: str, action: str, arguments: Mapping[str, object]) -> str:
    root = etree.Element("{http://schemas.xmlsoap.org/soap/envelope/}Envelope")
    body = etree.SubElement(root, "{http://schemas.xmlsoap.org/soap/envelope/}Body")
    call = etree.SubElement(body, f"{{{service}}}{action}")
    for name, value in arguments.items():
        etree.SubElement(call, name).text = str(value)
    return etree.tostring(root, encoding="unicode")
