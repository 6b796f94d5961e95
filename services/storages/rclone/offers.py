"""The storages that have a form of our own: the types, and of each the options that a person may set.

This is the allow-list for them; an option that is not here cannot be set, whatever rclone learns. All other
types are judged in `judged.py`, where the reasons stand why something is left out; they hold here too.

Texts are English; the pages translate them.
"""

from services.storages.rclone.forms import Choice, Field, Provider

_HOST = Field("host", "Host", "host", "A name such as nas.example.org, or an address.", required=True)
_USER = Field("user", "User name", required=True)
_PASS = Field("pass", "Password", "password", required=True, secret=True, obscured=True)
_CLIENT_SECRET = Field(
    "client_secret", "Client secret", "password", "Belongs to the client id; some have none.", secret=True,
    pattern=r"\S+", pattern_words="one word",
)  # fmt: skip


def _client_id(help_text: str, *, required: bool = False) -> Field:
    words = "one word, as the provider shows it"
    return Field("client_id", "Client id", "text", help_text, required, pattern=r"\S+", pattern_words=words)


_AZURE_CHARACTERS = "3 to 24 small letters and digits"

MARKERS = {"directory_markers": "true"}
"""Where a folder is there only as long as something is in it: rclone keeps an empty one by an object of its name."""

ONEDRIVE = Provider(
    "onedrive", "OneDrive", "cloud", "device_code",
    fields=(
        _client_id("The application (client) id of your own registration in Microsoft Entra."),
        _CLIENT_SECRET,
    ),
    fixed={"region": "global"},  # as the sign-in and the list of changes
    given=frozenset({"token", "drive_id", "drive_type"}),
    limits=(
        "After 90 days without use Microsoft asks for a new sign-in.",
        "Folders with more than 50,000 files cannot be listed.",
    ),
)  # fmt: skip

DRIVE = Provider(
    "drive", "Google Drive", "cloud", "paste_back",
    fields=(
        _client_id("Of your own project in the Google Cloud console, type “Desktop app”.", required=True),
        _CLIENT_SECRET,
        Field(
            "scope", "May do", "choice", default="drive.readonly",
            choices=(Choice("drive.readonly", "read"), Choice("drive", "read and write")),
        ),
        Field(
            "team_drive", "Shared drive", help="The id of a shared drive; empty for your own.", advanced=True,
            pattern=r"[A-Za-z0-9_-]+", pattern_words="an id of letters and digits",
        ),
    ),
    fixed={"skip_gdocs": "true", "skip_shortcuts": "true"},
    given=frozenset({"token"}),
    limits=(
        "Publish the consent screen of your project: while it is in testing Google ends the sign-in after 7 days.",
        "Google's own documents and shortcuts are not shown.",
    ),
)  # fmt: skip

AZUREBLOB = Provider(
    "azureblob", "Azure Blob Storage", "database", "key",
    fields=(
        Field(
            "account", "Storage account", pattern=r"[a-z0-9]{3,24}", pattern_words=_AZURE_CHARACTERS,
        ),
        Field(
            "key", "Account key", "password", secret=True, pattern=r"[A-Za-z0-9+/]+={0,2}",
            pattern_words="the key as Azure shows it",
        ),
        Field(
            "sas_url", "SAS address", "url", "Instead of account and key: the address of one container.", secret=True,
        ),
        Field("endpoint", "Endpoint", "url", "Empty for Microsoft's own.", advanced=True),
    ),
    root="bucket",
    fixed={"no_check_container": "true", **MARKERS},
    one_of=(("account", "sas_url"), ("key", "sas_url")),
    limits=("Files in the archive tier cannot be read.", "Azure does not tell how much room is left."),
)  # fmt: skip

S3_PROVIDERS = (
    "AWS", "Alibaba", "ArvanCloud", "BizflyCloud", "Ceph", "ChinaMobile", "Cloudflare", "Cubbit", "DigitalOcean",
    "Dreamhost", "Exaba", "Fastly", "FileLu", "FlashBlade", "GCS", "HCP", "Hetzner", "HuaweiOBS", "IBMCOS",
    "IDrive", "ImpossibleCloud", "Intercolo", "IONOS", "Leviia", "Liara", "Linode", "LyveCloud", "Magalu", "Mega",
    "Minio", "Netease", "Outscale", "OVHcloud", "Petabox", "Qiniu", "Rabata", "RackCorp", "Rclone", "Scaleway",
    "Scality", "SeaweedFS", "Selectel", "Servercore", "SpectraLogic", "Storj", "Synology", "TencentCOS", "US3",
    "Wasabi", "Zadara", "Zata", "ZeroServices", "Other",
)  # fmt: skip

S3 = Provider(
    "s3", "S3 and compatible", "database", "key",
    fields=(
        Field(
            "provider", "Provider", "choice", "“Other” for what is not in the list.", required=True,
            choices=tuple(Choice(name, "Amazon S3" if name == "AWS" else name) for name in S3_PROVIDERS),
        ),
        Field("endpoint", "Endpoint", "url", "The address of the service; empty for Amazon."),
        Field(
            "region", "Region", help="Such as eu-central-1; often empty elsewhere.", pattern=r"[A-Za-z0-9-]{1,40}",
            pattern_words="letters, digits and hyphens",
        ),
        Field("access_key_id", "Access key", required=True, pattern=r"\S+", pattern_words="one word"),
        Field(
            "secret_access_key", "Secret key", "password", required=True, secret=True, pattern=r"\S+",
            pattern_words="one word",
        ),
        Field(
            "force_path_style", "Bucket in the path", "bool", default="true", advanced=True,
            help="Off: the bucket becomes part of the host name, as some providers want it.",
        ),
    ),
    root="bucket",
    fixed={"no_check_bucket": "true", **MARKERS},
    limits=("Files in Glacier and Deep Archive cannot be read.", "S3 does not tell how much room is left."),
)  # fmt: skip

DROPBOX = Provider(
    "dropbox", "Dropbox", "package-open", "code",
    fields=(_client_id("The app key of your own app in the Dropbox App Console."), _CLIENT_SECRET),
    given=frozenset({"token"}),
)  # fmt: skip

SFTP = Provider(
    "sftp", "SFTP (SSH)", "terminal", "password",
    fields=(
        _HOST,
        Field("port", "Port", "port", default="22"),
        _USER,
        Field("pass", "Password", "password", secret=True, obscured=True),
        Field("key_pem", "Private key", "pem", "Instead of a password: the text of the key.", secret=True),
        Field("key_file_pass", "Password of the key", "password", secret=True, obscured=True),
        Field(
            "host_keys", "Key of the server", "lines", advanced=True,
            help="Such as “ssh-ed25519 AAAA…”. Empty: the key of the first sign-in is kept, and no other accepted.",
        ),
    ),
    # rclone asks for so many pieces of 32 KiB ahead: its own 64 are 2 MiB of traffic for each small range
    fixed={"shell_type": "none", "disable_hashcheck": "true", "skip_links": "true", "concurrency": "8"},
    one_of=(("pass", "key_pem"),),
    limits=("No command is run on the server, so its checksums are not asked for.",),
)  # fmt: skip

WEBDAV = Provider(
    "webdav", "WebDAV, Nextcloud, ownCloud", "globe", "password",
    fields=(
        Field(
            "url", "Address", "url", required=True,
            help="For Nextcloud as its settings show it: https://cloud.example.org/remote.php/dav/files/USER/.",
        ),
        Field(
            "vendor", "Kind of server", "choice", default="other",
            choices=(
                Choice("nextcloud", "Nextcloud"), Choice("owncloud", "ownCloud"),
                Choice("infinitescale", "ownCloud Infinite Scale"), Choice("fastmail", "Fastmail Files"),
                Choice("rclone", "rclone"), Choice("other", "another"),
            ),
        ),
        Field("user", "User name"),
        Field("pass", "Password", "password", "Best an app password.", secret=True, obscured=True),
        Field(
            "bearer_token", "Token", "password", "Instead of user name and password.", secret=True, advanced=True,
            pattern=r"\S+", pattern_words="one word",
        ),
    ),
    one_of=(("user", "bearer_token"), ("pass", "bearer_token")),
    limits=("Plain WebDAV servers tell no checksums; Nextcloud and ownCloud do.",),
)  # fmt: skip

SMB = Provider(
    "smb", "Windows share (SMB)", "network", "password",
    fields=(
        _HOST,
        Field("port", "Port", "port", default="445"),
        _USER,
        _PASS,
        Field("domain", "Domain", default="WORKGROUP", advanced=True, pattern=r"[\w.-]+", pattern_words="one word"),
    ),
    root="share",
    limits=("The address that the host has now is kept: give it a fixed one.",),
)  # fmt: skip

OFFERS: tuple[Provider, ...] = (
    ONEDRIVE, DRIVE, DROPBOX, WEBDAV, SFTP, SMB, S3, AZUREBLOB,
)  # fmt: skip
"""All of them, in the order in which people see them."""
