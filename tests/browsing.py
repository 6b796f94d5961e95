"""Debian's Chromium, driven by Playwright: what it complains about is kept and checked at the end.

A plugin for all of tests/, so that there is one browser in each worker: a second one could not be started.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)  # fmt: skip

from tests.serving import PASSWORD

Mode = Literal["light", "dark"]
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
WAITS_MS = 60_000
"""How long a page may take to look as a test says: after a click it comes in pieces, and a busy machine is slow."""
expect.set_options(timeout=WAITS_MS)


@dataclass
class Visitor:
    """Somebody at a browser. Console errors, failed scripts and requests to other hosts end up in `trouble`."""

    address: str
    context: BrowserContext
    sessions: dict[tuple[str, str], Any]
    """The cookies of whoever has entered before, by address and login; every visitor has the same."""

    page: Page = field(init=False)
    trouble: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    """HTTP statuses that this visitor provokes on purpose: the console tells of each."""

    def __post_init__(self) -> None:
        self.page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.trouble.append(f"a script failed: {error}"))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        provoked = any(f"status of {status} " in message.text for status in self.expected)
        if message.type in {"error", "warning"} and not provoked:
            self.trouble.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.trouble.append(f"a request elsewhere: {request.url}")

    def go(self, path: str) -> None:
        """Open a page and wait until its pictures have come."""
        self.page.goto(self.address + path)
        self.settle()

    def settle(self) -> None:
        """Wait until every picture in sight is there."""
        self.page.wait_for_function(
            """() => [...document.images].every((i) => i.hidden || i.closest("[hidden]") || !i.getAttribute("src")
                || i.loading === "lazy" || i.complete)"""
        )
        self.page.wait_for_timeout(50)

    def enter(self, login: str = "anna") -> None:
        """Be signed in, without a look at any page: by the session of whoever was it before, if that is good still."""
        known = (self.address, login)
        if known in self.sessions:
            self.context.add_cookies(self.sessions[known])
            if self.context.request.get(self.address + "/api/v1/me").ok:
                return
        self.context.clear_cookies()
        self.context.request.post(
            self.address + "/login", form={"login": login, "password": PASSWORD},
            headers={"Sec-Fetch-Site": "same-origin"}, max_redirects=0,
        )  # fmt: skip
        self.sessions[known] = self.context.cookies()
        assert self.sessions[known], f"{login} was not let in"

    def sign_in(self, login: str = "anna", password: str = PASSWORD) -> None:
        """By the form, which leads to the timeline."""
        self.page.goto(self.address + "/login")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", password)
        self.page.click("button.primary")
        self.page.wait_for_url(self.address + "/")

    def run(self, script: str, value: Any = None) -> Any:
        """What a piece of JavaScript gives in the page."""
        return self.page.evaluate(script, value)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sessions() -> dict[tuple[str, str], Any]:
    """Whoever entered: signing in takes a server much work, on purpose."""
    return {}


@pytest.fixture
def visit(chromium: Browser, sessions: dict[tuple[str, str], Any]) -> Iterator[Any]:
    """`visit(address, device, mode, **options)` is a Visitor; after the test nobody may have had trouble."""
    visitors: list[Visitor] = []

    def begin(address: str, device: str = "desktop", mode: Mode = "light", **options: Any) -> Visitor:
        width, height = SIZES[device]
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=mode, is_mobile=device == "phone",
            has_touch=device == "phone", reduced_motion="reduce", **{"locale": "en-GB"} | options,
        )  # fmt: skip
        context.set_default_timeout(WAITS_MS)
        visitors.append(Visitor(address, context, sessions))
        return visitors[-1]

    yield begin
    trouble = [line for visitor in visitors for line in visitor.trouble]
    for visitor in visitors:
        visitor.context.close()
    assert trouble == []
