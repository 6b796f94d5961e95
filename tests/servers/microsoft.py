"""Microsoft's sign-in and Graph, as far as a OneDrive needs them."""

from services.storages.oauth import Endpoints
from tests.servers.http import Asked, Reply
from tests.servers.signing_in import FakeSignIn

DRIVE = "b!drive"


class FakeMicrosoft(FakeSignIn):
    """`login.microsoftonline.com` and `graph.microsoft.com` on one port."""

    def __init__(self, client_id: str = "client-1", client_secret: str | None = None) -> None:
        super().__init__(client_id, client_secret)
        self.route("GET", "/v1.0/me/drive", self._me)

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(
            authorize=self.address + self.authorize_path,
            token=self.address + self.token_path,
            device=self.address + self.device_path,
            api=self.address + "/v1.0",
        )

    def _me(self, asked: Asked) -> Reply:
        if asked.bearer not in self.tokens:
            return Reply(401, {"error": {"code": "InvalidAuthenticationToken"}})
        return Reply(200, {"id": DRIVE, "driveType": "personal"})
