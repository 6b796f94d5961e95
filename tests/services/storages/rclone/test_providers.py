"""From a form to rclone's parameters: allowed, whole, safe to store, and pointing nowhere it must not."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from services.errors import UsageError
from services.storages.hosts import HostPolicy, HostRefused, HostUnknown
from services.storages.rclone import providers
from services.storages.rclone.egress import Gate, refused_host
from services.storages.rclone.providers import get_provider, list_providers, pinned_host, signed_in
from tests import rclone_running
from tests.offers import offer
from tests.rclone_running import PASSWORD, USER

NAMES = {
    "files.example": ["93.184.215.14"],
    "six.example": ["2606:2800:21f:cb07::1"],
    "both.example": ["2606:2800:21f:cb07::1", "93.184.215.14"],
    "nas.lan": ["192.168.1.20"],
    "bad.example": ["93.184.215.14", "169.254.169.254"],
    "xn--bcher-kva.example": ["93.184.215.14"],
}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"


def policy(*allowed: str) -> HostPolicy:
    def resolver(name: str) -> list[str]:
        if name not in NAMES:
            raise OSError(name)
        return NAMES[name]

    return HostPolicy(allowed, resolver=resolver, is_own=lambda _: False)


def check(type_name: str, *given: Any, **more: Any) -> dict[str, str]:
    """With the form that the type has."""
    return providers.check(offer(type_name), *given, **more)


def refusal(type_name: str, options: dict[str, object], *allowed: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        check(type_name, options, policy(*allowed))
    return caught.value


DAV: dict[str, object] = {"url": "https://files.example/dav/", "user": "anna", "pass": "s"}
SSH: dict[str, object] = {"host": "files.example", "user": "anna", "pass": "s"}
BUCKETS: dict[str, object] = {"provider": "Other", "access_key_id": "a", "secret_access_key": "b"}


def test_webdav() -> None:
    assert check("webdav", DAV | {"vendor": "nextcloud"}, policy()) == {
        "url": "https://files.example/dav/", "vendor": "nextcloud", "user": "anna", "pass": "s",
    }  # fmt: skip


def test_sftp_takes_the_first_key_and_runs_no_command() -> None:
    assert check("sftp", SSH, policy()) == {
        "host": "files.example", "port": "22", "user": "anna", "pass": "s", "shell_type": "none",
        "disable_hashcheck": "true", "skip_links": "true", "concurrency": "8", "pin_host_key": "true",
    }  # fmt: skip


def test_sftp_with_a_known_key_takes_no_other() -> None:
    made = check("sftp", SSH | {"host_keys": f"nas {KEY}\n"}, policy())
    assert (made["host_keys"], made["pin_host_key"]) == (KEY, "false")


def test_smb_is_pinned_to_the_address_that_was_checked() -> None:
    made = check("smb", {**SSH, "host": "NAS.lan"}, policy("nas.lan"))
    assert (made["host"], made["port"]) == ("192.168.1.20", "445")
    assert pinned_host(made) == "nas.lan"
    assert check("smb", {**SSH, "host": "both.example"}, policy())["host"] == "93.184.215.14"
    assert check("smb", {**SSH, "host": "six.example"}, policy())["host"] == "[2606:2800:21f:cb07::1]"


def test_azure_and_s3() -> None:
    azure = check("azureblob", {"account": "mine", "key": "YWFh"}, policy())
    markers = {"directory_markers": "true"}
    assert azure == {"account": "mine", "key": "YWFh", "no_check_container": "true", **markers}
    made = check(
        "s3", BUCKETS | {"endpoint": "s3.files.example:9000"}, HostPolicy(resolver=lambda _: ["8.8.8.8"])
    )
    assert made["endpoint"] == "https://s3.files.example:9000"
    assert made["no_check_bucket"] == "true"
    assert made["directory_markers"] == "true"
    assert refusal("s3", BUCKETS).field == "endpoint"
    assert "endpoint" not in check("s3", BUCKETS | {"provider": "AWS", "region": "eu-central-1"}, policy())


def test_a_sas_address_keeps_its_signature() -> None:
    url = "https://files.example/photos?sv=2026&sig=a%2Bb%3D"
    assert check("azureblob", {"sas_url": url}, policy())["sas_url"] == url


def test_one_of_several_ways_to_sign_in_is_needed() -> None:
    assert refusal("sftp", {"host": "files.example", "user": "anna"}).field == "pass"
    assert refusal("azureblob", {"account": "mine"}).field == "key"
    assert refusal("webdav", {"url": "https://files.example/"}).field == "user"
    assert (
        check("webdav", {"url": "https://files.example/", "bearer_token": "t"}, policy())["bearer_token"]
        == "t"
    )


@pytest.mark.parametrize(
    ("type_name", "options", "field", "word"),
    [
        ("stfp", {}, "type", "sftp"),
        ("SFTP", {}, "type", "sftp"),
        ("local", {}, "type", "There are"),
        ("", {}, "type", "There are"),
        (":local", {}, "type", "There are"),
        ("sftp,ssh=id", {}, "type", "kind"),
        ("webdav", {"URL": "x"}, "URL", "Did you mean “url”"),
        ("webdav", {"usr": "x"}, "usr", "Did you mean “user”"),
        ("webdav", {}, "url", "missing"),
        ("sftp", {"host": "files.example"}, "user", "missing"),
        ("koofr", {"provider": "other", "user": "u", "password": "p"}, "endpoint", "missing"),
        ("s3", BUCKETS | {"provider": "Amazon"}, "provider", "one of"),
        ("s3", BUCKETS | {"provider": "AWS", "region": "x.evil.example/"}, "region", "letters"),
        ("azureblob", {"account": "evil.example/", "key": "YWFh"}, "account", "letters"),
        ("drive", {}, "client_id", "missing"),
        ("ftp", SSH | {"tls": True, "explicit_tls": True}, "tls", "one kind"),
        ("ftp", SSH | {"host": "2606:2800:21f:cb07::1"}, "host", "IPv4"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(
    type_name: str, options: dict[str, object], field: str, word: str
) -> None:
    error = refusal(type_name, options)
    assert error.field == field
    assert word in str(error)


INJECTED_KEYS = [
    "ssh", "server_command", "md5sum_command", "sha1sum_command", "key_file", "pubkey_file", "known_hosts_file",
    "http_proxy", "socks_proxy", "set_env", "pin_host_key", "shell_type", "use_agent", "global.http_proxy",
    "global.rc_no_auth", "override.http_proxy", "type", "host\nssh", "user = x\nssh", "ssh ",
    " ssh", "SSH", "config_is_local", "",
    "[h_2]", "pass,ssh", "description", "remote", "auth_proxy", "metadata_mapper", "password_command",
]  # fmt: skip


@pytest.mark.parametrize("key", INJECTED_KEYS)
def test_an_option_that_is_not_offered_is_refused(key: str) -> None:
    error = refusal("sftp", SSH | {key: "sh -c id"})
    assert error.field == key
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("type_name", "key"),
    [
        ("webdav", "bearer_token_command"), ("webdav", "unix_socket"), ("webdav", "headers"), ("s3", "profile"),
        ("s3", "env_auth"), ("s3", "shared_credentials_file"), ("s3", "sts_endpoint"), ("s3", "download_url"),
        ("drive", "service_account_file"), ("drive", "token"), ("drive", "token_url"), ("drive", "auth_url"),
        ("onedrive", "drive_id"), ("azureblob", "connection_string"), ("azureblob", "use_emulator"),
        ("azureblob", "use_msi"), ("azureblob", "msi_mi_res_id"), ("box", "box_config_file"), ("swift", "env_auth"),
        ("swift", "storage_url"), ("smb", "use_kerberos"), ("smb", "kerberos_ccache"), ("smb", "description"),
        ("onedrive", "region"),
    ],
)  # fmt: skip
def test_known_ways_into_this_machine_are_refused(type_name: str, key: str) -> None:
    assert refusal(type_name, {key: "/etc/passwd"}).field == key


@pytest.mark.parametrize(
    "host",
    [
        "files.example,ssh=id", "files.example]", "[files.example", ":local:/etc", "files.example/x",
        "files.example:22",
        "anna@files.example", "files.example\nssh = id", "-oProxyCommand=id", "files.example;id", "$(id)", "`id`",
        "0x7f.1", "2130706433", "files.example\x00", "files example",
    ],
)  # fmt: skip
@pytest.mark.parametrize("type_name", ["sftp", "smb", "ftp"])
def test_a_host_is_a_host(type_name: str, host: str) -> None:
    assert refusal(type_name, SSH | {"host": host}).field == "host"


@pytest.mark.parametrize(
    "url",
    [
        "https://anna:secret@files.example/", "https://files.example@evil.example/", "https://files.example\\@127.0.0.1/",
        "https://127.0.0.1#@files.example/", "https://files.example:0/", "https://files.example:99999/",
        "https://files.example:x/", "ftp://files.example/", "file:///etc/passwd", "unix:///run/x.sock", "https:///x",
        "https://", "//files.example/", "https://files.example/#x", "https://files.example/?x=1",
        "https://files .example/",
        "https://%66iles.example/", "https://files.example/a b", 'https://files.example/"x"', "https://[::1/",
        "https://files.example/\nssh = id", "https://files.example/`id`", "https://files.example/%(pass)s",
        "javascript:alert(1)//", "https://0177.0.0.1/", "http:files.example", "https://files.example/{x}",
        "\u2100.example",
    ],
)  # fmt: skip
def test_an_address_is_an_address(url: str) -> None:
    error = refusal("webdav", DAV | {"url": url})
    assert error.field == "url"
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("https://Files.Example./", "https://files.example/"),
        ("HTTPS://files.example:443", "https://files.example"),
        ("https://files.example:8443/dav", "https://files.example:8443/dav"),
        ("files.example/remote.php/dav/files/anna/", "https://files.example/remote.php/dav/files/anna/"),
        ("https://bücher.example/ä/", "https://xn--bcher-kva.example/ä/"),
        ("https://[2606:2800:021f:cb07::1]:8443/", "https://[2606:2800:21f:cb07::1]:8443/"),
    ],
)
def test_an_address_has_one_spelling(url: str, made: str) -> None:
    assert check("webdav", DAV | {"url": url}, policy())["url"] == made


@pytest.mark.parametrize(
    ("type_name", "options", "field"),
    [
        ("webdav", DAV | {"url": "https://127.0.0.1/"}, "url"),
        ("webdav", DAV | {"url": "https://nas.lan/"}, "url"),
        ("webdav", DAV | {"url": "https://bad.example/"}, "url"),
        ("webdav", DAV | {"url": "http://169.254.169.254/latest/"}, "url"),
        ("webdav", DAV | {"url": "https://[::ffff:10.0.0.1]/"}, "url"),
        ("sftp", SSH | {"host": "nas.lan"}, "host"),
        ("smb", SSH | {"host": "192.168.1.20"}, "host"),
        ("ftp", SSH | {"host": "bad.example"}, "host"),
        ("s3", BUCKETS | {"endpoint": "http://nas.lan:9000"}, "endpoint"),
        ("azureblob", {"sas_url": "http://127.0.0.1:10000/x?sig=y"}, "sas_url"),
        (
            "azureblob",
            {"account": "mine", "key": "YWFh", "endpoint": "http://127.0.0.1:10000/mine"},
            "endpoint",
        ),
        ("seafile", {"url": "https://nas.lan", "user": "u", "pass": "p"}, "url"),
        ("swift", {"auth": "https://10.0.0.1/v3", "user": "u", "key": "k"}, "auth"),
        (
            "koofr",
            {"provider": "other", "endpoint": "https://nas.lan", "user": "u", "password": "p"},
            "endpoint",
        ),
    ],
)
def test_every_host_is_checked(type_name: str, options: dict[str, object], field: str) -> None:
    error = refusal(type_name, options)
    assert isinstance(error, HostRefused)
    assert error.field == field


def test_a_host_that_does_not_exist_is_said_to_be_unknown() -> None:
    assert isinstance(refusal("sftp", SSH | {"host": "gone.example"}), HostUnknown)


@pytest.mark.parametrize(
    ("type_name", "options", "field"),
    [
        ("webdav", DAV | {"url": "http://files.example/"}, "url"),
        ("s3", BUCKETS | {"endpoint": "http://files.example"}, "endpoint"),
        ("ftp", SSH | {"explicit_tls": False}, "host"),
    ],
)
def test_without_encryption_only_to_hosts_the_administrator_named(
    type_name: str, options: dict[str, object], field: str
) -> None:
    error = refusal(type_name, options)
    assert error.field == field
    assert "not encrypted" in str(error)
    assert check(type_name, options, policy("files.example"))


def test_a_secret_is_in_no_message() -> None:
    for secret in ("hunter2\nx", "hunter2" * 400):
        for type_name, options in (("webdav", DAV | {"pass": secret}), ("sftp", SSH | {"key_pem": secret})):
            assert "hunter2" not in str(refusal(type_name, options))
    assert "hunter2" not in str(refusal("box", {"token": '{"access_token": "hunter2", "x": 1}'}))


def test_everything_offered_is_listed_once() -> None:
    types = [provider.type for provider in list_providers()]
    assert len(types) == len(set(types))
    assert all(get_provider(name).type == name for name in types)
    assert not get_provider("onedrive").has_free_endpoint
    assert get_provider("sftp").has_free_endpoint


# changing


SFTP_NOW = {
    "type": "sftp", "host": "files.example", "port": "22", "user": "anna", "pass": "obscured", "shell_type": "none",
    "disable_hashcheck": "true", "skip_links": "true", "concurrency": "8", "pin_host_key": "false", "host_keys": KEY,
}  # fmt: skip


def test_only_what_changes_is_answered() -> None:
    assert check("sftp", {}, policy(), current=SFTP_NOW) == {}
    assert check("sftp", {"user": "ben"}, policy(), current=SFTP_NOW) == {"user": "ben"}
    assert check("sftp", {"host": "FILES.example"}, policy(), current=SFTP_NOW)["pin_host_key"] == "true"
    assert check("sftp", {"pass": "", "key_pem": PEM}, policy(), current=SFTP_NOW)["pass"] == ""


PEM = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"


def test_what_is_needed_cannot_be_taken_away() -> None:
    for options, field in (({"pass": ""}, "pass"), ({"user": ""}, "user")):
        with pytest.raises(UsageError) as caught:
            check("sftp", options, policy(), current=SFTP_NOW)
        assert caught.value.field == field


def test_another_server_needs_the_secret_again_and_a_new_key() -> None:
    with pytest.raises(UsageError, match="again") as caught:
        check("sftp", {"host": "both.example"}, policy(), current=SFTP_NOW)
    assert caught.value.field == "pass"
    assert check("sftp", {"host": "both.example", "pass": "new"}, policy(), current=SFTP_NOW) == {
        "host": "both.example", "pass": "new", "pin_host_key": "true", "host_keys": "",
    }  # fmt: skip
    dav = check("webdav", DAV, policy()) | {"type": "webdav"}
    for change in ({"url": "https://both.example/"}, {"url": "https://files.example:8443/"}):
        with pytest.raises(UsageError, match="again"):
            check("webdav", change, policy(), current=dav)


def test_encryption_cannot_be_switched_off_alone() -> None:
    ftp = check("ftp", SSH, policy()) | {"type": "ftp"}
    with pytest.raises(UsageError, match="not encrypted"):
        check("ftp", {"explicit_tls": False}, policy(), current=ftp)


def test_a_pinned_host_that_moved_is_found_again() -> None:
    now = check("smb", {**SSH, "host": "nas.lan"}, policy("nas.lan")) | {"type": "smb"}
    assert check("smb", {}, policy("nas.lan"), current=now) == {}
    moved = now | {"host": "192.168.1.77"}
    assert check("smb", {}, policy("nas.lan"), current=moved) == {"host": "192.168.1.20"}
    with pytest.raises(HostRefused):
        check("smb", {}, policy(), current=now)
    with pytest.raises(UsageError, match="again"):
        check("smb", {"host": "files.example"}, policy(), current=now)


# signing in


def test_a_sign_in_gives_what_it_may() -> None:
    given = {"token": '{"access_token":"a"}', "drive_id": "b!x", "drive_type": "personal"}
    assert signed_in("onedrive", given) == given
    for type_name, key in (
        ("onedrive", "token_url"),
        ("drive", "drive_id"),
        ("sftp", "token"),
        ("dropbox", "ssh"),
    ):
        with pytest.raises(UsageError) as caught:
            signed_in(type_name, {key: "x"})
        assert caught.value.field == key
    with pytest.raises(UsageError):
        signed_in("dropbox", {"token": "a\nssh = id"})


# with the real rclone


STORED: list[tuple[str, dict[str, object]]] = [
    ("webdav", DAV | {"user": "anna,global.http_proxy=x", "pass": "]:local:/etc,`id`%(type)s"}),
    ("webdav", DAV | {"user": ":local,x='y':/", "pass": '"""' + "x"}),
    ("webdav", DAV | {"user": "[h_2] ; # \\ = '\"", "pass": " "}),
    ("sftp", {"host": "files.example", "user": "${HOME}$(id)", "key_pem": PEM}),
    ("sftp", SSH | {"host_keys": KEY, "user": "ä€ 😀"}),
    ("smb", SSH | {"user": "DOM\\anna"}),
    ("s3", BUCKETS | {"provider": "AWS", "secret_access_key": "a/b+c=='\"\\"}),
    ("azureblob", {"sas_url": "https://files.example/photos?sv=2026&sig=a%2Bb%3D"}),
    ("pcloud", {"token": '{"access_token":"a","expiry":"2026-01-01T00:00:00Z"}'}),
]


@pytest.mark.parametrize(("type_name", "options"), STORED)
def test_rclone_stores_every_value_as_it_is_and_nothing_else(
    type_name: str, options: dict[str, object], tmp_path: Path
) -> None:
    """Through rclone's own `config/create` and its file, read again by another process."""
    parameters = check(type_name, options, policy())
    configuration = tmp_path / "rclone.conf"
    environment = {"RCLONE_CONFIG": str(configuration)}
    body = {
        "name": "h_1",
        "type": type_name,
        "parameters": parameters,
        "opt": {"nonInteractive": True, "obscure": True},
    }
    words = ("rc", "--loopback", "config/create", "--json", json.dumps(body))
    done = rclone_running.run(*words, remote={}, environment=environment)
    assert done.returncode == 0, done.stderr
    dumped = json.loads(rclone_running.run("config", "dump", remote={}, environment=environment).stdout)
    assert set(dumped) == {"h_1"}
    stored = dumped["h_1"]
    obscured = {each.key for each in offer(type_name).fields if each.obscured}
    assert {k: v for k, v in stored.items() if k not in obscured} == {
        "type": type_name, **{k: v for k, v in parameters.items() if k not in obscured}
    }  # fmt: skip
    for key in obscured & set(parameters):
        assert revealed(stored[key]) == parameters[key]


def revealed(text: str) -> str:
    command: list[str | Path] = [rclone_running.program(), "reveal", "--", text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.removesuffix("\n")


def test_from_a_form_to_the_files(tmp_path: Path) -> None:
    """A WebDAV server on loopback under a name: allowed it is read, and refused at both doors without that."""
    owners = tmp_path / "owners"
    owners.mkdir()
    (owners / "a.jpg").write_bytes(b"jpeg")
    named, strict = (
        HostPolicy(allowed, resolver=lambda _: ["127.0.0.1"]) for allowed in (["files.test"], ["other.test"])
    )
    with rclone_running.serving("webdav", owners) as port:
        options = {"url": f"http://files.test:{port}/", "user": USER, "pass": PASSWORD}
        parameters = {"type": "webdav", **check("webdav", options, named)}
        parameters["pass"] = rclone_running.obscured(parameters["pass"])
        listed = {}
        for policy_now in (named, strict):
            gate = Gate(policy_now.check)
            gate.start()
            try:
                done = rclone_running.run("lsf", "x:", remote=parameters, environment=gate.environment)
            finally:
                gate.close()
            listed[policy_now] = (done.stdout, refused_host(done.stderr))
        assert listed == {named: ("a.jpg\n", None), strict: ("", ("files.test", port))}
        with pytest.raises(HostRefused):
            check("webdav", options, strict)
