import os
from pathlib import Path

import pytest

from services.storages.rclone import config
from tests.servers.storages import rclone


def test_it_is_encrypted_from_its_first_byte_and_private(tmp_path: Path) -> None:
    path = tmp_path / config.FILE_NAME
    config.ensure(path, rclone(), "secret password", os.environ)
    assert path.read_bytes().startswith(config.HEADER)
    assert path.stat().st_mode & 0o077 == 0
    assert [p.name for p in tmp_path.iterdir()] == [config.FILE_NAME]
    before = path.read_bytes()
    config.ensure(path, rclone(), "secret password", os.environ)
    assert path.read_bytes() == before


def test_one_in_plain_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / config.FILE_NAME
    path.write_text("[h_x]\ntype = webdav\npass = open\n")
    with pytest.raises(config.ConfigUnusable, match="not encrypted"):
        config.ensure(path, rclone(), "secret", os.environ)
    assert "open" in path.read_text()


def test_a_program_that_does_not_work_is_told(tmp_path: Path) -> None:
    for program in (Path("/bin/false"), tmp_path / "absent"):
        with pytest.raises(config.ConfigUnusable, match="rclone"):
            config.ensure(tmp_path / config.FILE_NAME, program, "secret", os.environ)
    assert not (tmp_path / config.FILE_NAME).exists()
