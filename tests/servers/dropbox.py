"""Dropbox's sign-in, and its files as far as a feed needs them."""

from services.storages.oauth import Endpoints
from tests.servers.signing_in import FakeSignIn

ACCOUNT = "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"


class FakeDropbox(FakeSignIn):
    """`www.dropbox.com`, `api.dropboxapi.com` and `notify.dropboxapi.com` on one port."""

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(
            authorize=self.address + self.authorize_path,
            token=self.address + self.token_path,
            api=self.address,
        )

    def is_offline(self, asked: dict[str, str]) -> bool:
        return asked.get("token_access_type") == "offline"

    def more_of_token(self) -> dict[str, str]:
        return {"account_id": ACCOUNT, "uid": "12345"}
