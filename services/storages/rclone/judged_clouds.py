"""Judgements of services with hosts of their own, which nobody chooses.

How to read and extend them is told in `judged.py` and `judgements.py`.
"""

from services.storages.rclone.judgements import Judgement
from services.storages.rclone.reasons import ALTERS, HIDDEN, OTHER_FIELD, PAST, PLACE, UNTRIED, WRITTEN

BOX = Judgement(
    "box", "Box", "package", "token",
    "client_id client_secret token root_folder_id access_token commit_retries list_chunk owned_by",
    {UNTRIED: "box_sub_type"},
    kinds={"token": "token"}, one_of=(("token", "access_token"),),
    limits=("After 60 days without use Box asks for a new sign-in.",),
)  # fmt: skip

CLOUDINARY = Judgement(
    "cloudinary", "Cloudinary", "cloud", "key",
    "cloud_name api_key api_secret eventually_consistent_delay adjust_media_files_extensions",
    {PLACE: "upload_prefix", ALTERS: "upload_preset", OTHER_FIELD: "media_extensions"},
    patterns={"cloud_name": (r"[\w-]+", "one word")},
)  # fmt: skip

DRIME = Judgement(
    "drime", "Drime", "cloud", "key",
    "access_token root_folder_id workspace_id list_chunk hard_delete",
    needed="access_token",
)  # fmt: skip

FICHIER = Judgement(
    "fichier", "1Fichier", "cloud", "key",
    "api_key cdn",
    {PAST: "shared_folder file_password folder_password"},
    needed="api_key",
)  # fmt: skip

FILELU = Judgement("filelu", "FileLu", "cloud", "key", "key")

FILESCOM = Judgement(
    "filescom", "Files.com", "cloud", "password",
    "site username password api_key",
    patterns={"site": (r"[A-Za-z0-9-]+", "letters, digits and hyphens")},
    needed="site", one_of=(("username", "api_key"), ("password", "api_key")),
)  # fmt: skip

GOFILE = Judgement(
    "gofile", "Gofile", "cloud", "key",
    "access_token root_folder_id account_id list_chunk",
    needed="access_token",
)  # fmt: skip

HIDRIVE = Judgement(
    "hidrive", "HiDrive", "cloud", "token",
    "client_id client_secret token scope_access scope_role root_prefix disable_fetching_member_count",
    {PLACE: "endpoint"},
    kinds={"token": "token"}, strict="scope_access scope_role", needed="token", defaults={"scope_access": "rw"},
)  # fmt: skip

HUAWEIDRIVE = Judgement(
    "huaweidrive", "Huawei Drive", "cloud", "token",
    "client_id client_secret token root_folder_id list_chunk",
    kinds={"token": "token"}, needed="token",
)  # fmt: skip

IMAGEKIT = Judgement(
    "imagekit", "ImageKit.io", "image", "key",
    "endpoint public_key private_key only_signed upload_tags",
    {PAST: "versions"},
    kinds={"endpoint": "url"},
)  # fmt: skip

INTERNETARCHIVE = Judgement(
    "internetarchive", "Internet Archive", "database", "key",
    "access_key_id secret_access_key item_derive disable_checksum wait_archive",
    {PLACE: "endpoint front_endpoint", HIDDEN: "item_metadata"},
    needed="access_key_id secret_access_key", root="bucket",
    limits=("What is uploaded there can be seen by everybody.",),
)  # fmt: skip

KOOFR = Judgement(
    "koofr", "Koofr, Digi Storage", "cloud", "password",
    "provider endpoint mountid setmtime user password",
    kinds={"endpoint": "url"}, strict="provider", defaults={"provider": "koofr"},
)  # fmt: skip

LINKBOX = Judgement(
    "linkbox", "Linkbox", "cloud", "password",
    "token email password",
    {WRITTEN: "web_token"},
)  # fmt: skip

MAILRU = Judgement(
    "mailru", "Mail.ru Cloud", "cloud", "password",
    "user pass speedup_enable speedup_file_patterns check_hash",
    {WRITTEN: "token", UNTRIED: "client_id client_secret", HIDDEN: "quirks"},
)  # fmt: skip

MEGA = Judgement(
    "mega", "MEGA", "cloud", "password",
    "user pass hard_delete",
    {WRITTEN: "session_id master_key", UNTRIED: "debug"},
    fixed={"use_https": "true"},
    limits=(
        "Accounts with a second factor cannot be connected.",
        "MEGA ends reading for some hours after a few gigabytes.",
    ),
)  # fmt: skip

OPENDRIVE = Judgement(
    "opendrive", "OpenDrive", "cloud", "password",
    "username password",
    {"would show files to strangers": "access"},
)  # fmt: skip

PCLOUD = Judgement(
    "pcloud", "pCloud", "cloud", "token",
    "client_id client_secret token root_folder_id hostname",
    {UNTRIED: "username password"},
    kinds={"token": "token"}, strict="hostname", needed="token hostname", defaults={"hostname": "api.pcloud.com"},
)  # fmt: skip

PIXELDRAIN = Judgement(
    "pixeldrain", "Pixeldrain", "cloud", "key",
    "api_key root_folder_id",
    {PLACE: "api_url"},
    needed="api_key",
)  # fmt: skip

PREMIUMIZEME = Judgement(
    "premiumizeme", "premiumize.me", "cloud", "token",
    "client_id client_secret token",
    {HIDDEN: "api_key"},
    kinds={"token": "token"}, needed="token",
)  # fmt: skip

PUTIO = Judgement(
    "putio", "Put.io", "cloud", "token",
    "client_id client_secret token",
    kinds={"token": "token"}, needed="token",
)  # fmt: skip

SHADE = Judgement(
    "shade", "Shade FS", "cloud", "key",
    "drive_id api_key max_upload_parts",
    {PLACE: "endpoint", WRITTEN: "token token_expiry"},
)  # fmt: skip

SHAREFILE = Judgement(
    "sharefile", "Citrix ShareFile", "cloud", "token",
    "client_id client_secret token root_folder_id endpoint",
    kinds={"token": "token", "endpoint": "url"}, needed="token endpoint",
)  # fmt: skip

ULOZTO = Judgement(
    "ulozto", "Uloz.to", "cloud", "password",
    "app_token username password root_folder_slug list_page_size",
    needed="app_token username password",
)  # fmt: skip

YANDEX = Judgement(
    "yandex", "Yandex Disk", "cloud", "token",
    "client_id client_secret token hard_delete upload_wait",
    {HIDDEN: "spoof_ua"},
    kinds={"token": "token"}, needed="token",
)  # fmt: skip

ZOHO = Judgement(
    "zoho", "Zoho WorkDrive", "cloud", "token",
    "client_id client_secret token region root_folder_id tpslimit_burst list_folder_limit"
    " list_folder_window list_folder_burst",
    {OTHER_FIELD: "tpslimit"},
    kinds={"token": "token"}, strict="region", needed="token region",
)  # fmt: skip

CLOUDS = (
    BOX, CLOUDINARY, DRIME, FICHIER, FILELU, FILESCOM, GOFILE, HIDRIVE, HUAWEIDRIVE, IMAGEKIT, INTERNETARCHIVE,
    KOOFR, LINKBOX, MAILRU, MEGA, OPENDRIVE, PCLOUD, PIXELDRAIN, PREMIUMIZEME, PUTIO, SHADE, SHAREFILE, ULOZTO,
    YANDEX, ZOHO,
)  # fmt: skip
"""All of them."""
