"""Google's sign-in and Drive API, as far as a Drive needs them."""

from services.storages.oauth import Endpoints
from tests.servers.http import Asked, Reply
from tests.servers.signing_in import FakeSignIn


def refusal(status: int, reason: str, **more: str) -> Reply:
    """An error as Google's older APIs write it."""
    error = {"code": status, "message": reason, "errors": [{"reason": reason, "message": reason, **more}]}
    return Reply(status, {"error": error})


class FakeGoogle(FakeSignIn):
    """`accounts.google.com`, `oauth2.googleapis.com` and `www.googleapis.com/drive/v3` on one port."""

    issuer = "https://accounts.google.com"

    def __init__(self, client_id: str = "client-1", client_secret: str | None = "GOCSPX-1") -> None:
        super().__init__(client_id, client_secret)
        self.route("GET", "/drive/v3/about", self._about)

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(
            authorize=self.address + self.authorize_path,
            token=self.address + self.token_path,
            api=self.address + "/drive/v3",
            issuer=self.issuer,
        )

    def is_offline(self, asked: dict[str, str]) -> bool:
        return (asked.get("access_type"), asked.get("prompt")) == ("offline", "consent")

    def _about(self, asked: Asked) -> Reply:
        if asked.bearer not in self.tokens:
            return refusal(401, "authError")
        return Reply(200, {"user": {"permissionId": "0815"}})
