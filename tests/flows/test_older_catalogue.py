"""An older catalogue put in place while Hypomos stands still: what had ended is not served again."""

import shutil
from pathlib import Path

import httpx2 as httpx

from services import accounts, sharing
from services.accounts import OPERATOR
from services.models import User, database
from services.sharing import Terms
from tests.factories import Make
from tests.processes import serving
from tests.serving import PASSWORD, opened


def test_what_was_revoked_is_not_served_by_an_older_catalogue(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with opened(data) as hypomos:
        for login, admin in (("anna", True), ("ben", False)):
            accounts.add_person(OPERATOR, hypomos.passwords, login, password=PASSWORD, is_admin=admin)
        make, anna = Make(data), User.get(User.login == "anna")
        item = make.item(anna)
        make.asset(item)
        lake = make.collection(anna, "Lake", items=[item])
        share = sharing.offer(accounts.viewer_for("anna"), lake.pid, {"user": "ben"}, Terms())
        tokens = {
            login: accounts.create_token(accounts.viewer_for(login), "api", scopes=["read", "write"]).secret
            for login in ("anna", "ben")
        }
    shutil.copy(data / database.FILE_NAME, tmp_path / "older.db")
    path = f"/api/v1/items/{item.pid}"

    def ask(address: str, who: str, method: str, path: str) -> int:
        header = {"Authorization": f"Bearer {tokens[who]}"}
        return int(httpx.request(method, address + path, headers=header, timeout=30).status_code)

    with serving(data) as at:
        assert ask(at.address, "ben", "GET", path) == 200
        assert ask(at.address, "anna", "DELETE", f"/api/v1/shares/{share.pid}") == 200
        assert ask(at.address, "ben", "GET", path) == 404
    for suffix in ("-wal", "-shm"):
        (data / f"{database.FILE_NAME}{suffix}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "older.db", data / database.FILE_NAME)
    with serving(data) as at:
        assert ask(at.address, "ben", "GET", "/api/v1/me") == 200  # he is still somebody here
        assert ask(at.address, "ben", "GET", path) == 404
        assert ask(at.address, "anna", "GET", path) == 200
