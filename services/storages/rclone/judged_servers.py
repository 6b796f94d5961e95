"""Judgements of what people run themselves, or rent as a protocol: FTP, Seafile, Swift, Azure Files …

How to read and extend them is told in `judged.py` and `judgements.py`.
"""

from services.storages.rclone.judgements import Judgement
from services.storages.rclone.reasons import HIDDEN, PAST, PLACE, UNPROVED, UNTRIED, WRITTEN

AZUREFILES = Judgement(
    "azurefiles", "Azure Files", "database", "key",
    "account key sas_url share_name endpoint",
    {UNTRIED: "tenant client_id client_secret username password"},
    kinds={"endpoint": "url", "sas_url": "url"},
    patterns={
        "account": (r"[a-z0-9]{3,24}", "3 to 24 small letters and digits"),
        "key": (r"[A-Za-z0-9+/]+={0,2}", "the key as Azure shows it"),
        "share_name": (r"[a-z0-9-]{3,63}", "3 to 63 small letters, digits and hyphens"),
    },
    needed="share_name", one_of=(("account", "sas_url"), ("key", "sas_url")),
)  # fmt: skip

FILEFABRIC = Judgement(
    "filefabric", "Enterprise File Fabric", "globe", "key",
    "url root_folder_id permanent_token",
    {WRITTEN: "token token_expiry version"},
    kinds={"url": "url"}, needed="permanent_token",
)  # fmt: skip

FTP = Judgement(
    "ftp", "FTP", "server", "password",
    "host user port pass tls explicit_tls concurrency disable_epsv disable_mlsd disable_utf8 writing_mdtm"
    " force_list_hidden idle_timeout close_timeout tls_cache_size disable_tls13 shut_timeout",
    {UNPROVED: "no_check_upload"},
    kinds={"host": "host", "port": "port"}, needed="user pass",
    defaults={"user": "", "port": "21", "explicit_tls": "true", "tls": "false"},
    limits=("FTP tells no checksums, and times only to the minute on old servers.",),
)  # fmt: skip

QUATRIX = Judgement(
    "quatrix", "Quatrix", "globe", "key",
    "api_key host effective_upload_time hard_delete"
    " skip_project_folders",
    kinds={"host": "host", "effective_upload_time": "duration"},
)  # fmt: skip

SEAFILE = Judgement(
    "seafile", "Seafile", "globe", "password",
    "url user pass library library_key",
    {WRITTEN: "auth_token", UNTRIED: "create_library"},
    kinds={"url": "url"},
    limits=("Accounts with a second factor cannot be connected.",),
)  # fmt: skip

SIA = Judgement(
    "sia", "Sia", "server", "password",
    "api_url api_password",
    kinds={"api_url": "url"}, needed="api_url", defaults={"api_url": ""},
)  # fmt: skip

SWIFT = Judgement(
    "swift", "OpenStack Swift", "database", "key",
    "user key auth user_id domain tenant tenant_id tenant_domain region application_credential_id"
    " application_credential_name application_credential_secret auth_version endpoint_type storage_policy"
    " leave_parts_on_error fetch_until_empty_page partial_page_fetch_threshold no_chunk no_large_objects"
    " use_segments_container",
    {PLACE: "storage_url", UNTRIED: "auth_token"},
    kinds={"auth": "url"}, strict="endpoint_type", needed="auth",
    patterns={"region": (r"[A-Za-z0-9-]{1,40}", "letters, digits and hyphens")},
    one_of=(
        ("user", "user_id", "application_credential_id", "application_credential_name"),
        ("key", "application_credential_secret"),
    ),
    root="bucket",
)  # fmt: skip

QINGSTOR = Judgement(
    "qingstor", "QingStor", "database", "key",
    "access_key_id secret_access_key zone connection_retries",
    {PLACE: "endpoint"},
    strict="zone", needed="access_key_id secret_access_key zone", root="bucket",
)  # fmt: skip

B2 = Judgement(
    "b2", "Backblaze B2", "database", "key",
    "account key hard_delete copy_cutoff disable_checksum"
    " sse_customer_algorithm sse_customer_key sse_customer_key_base64 sse_customer_key_md5",
    {
        PLACE: "endpoint",
        PAST: "versions version_at",
        HIDDEN: "test_mode",
        UNTRIED: "download_auth_duration lifecycle",
    },
    strict="sse_customer_algorithm", root="bucket",
    limits=("A deleted file stays as a hidden version until the bucket's rules remove it.",),
)  # fmt: skip

GCS = Judgement(
    "google cloud storage", "Google Cloud Storage", "database", "token",
    "client_id client_secret token project_number user_project bucket_policy_only location storage_class"
    " directory_markers decompress",
    {
        PLACE: "endpoint",
        PAST: "anonymous",
        HIDDEN: "access_token",
        "would show files to strangers": "object_acl bucket_acl",
    },
    kinds={"token": "token"}, strict="location storage_class", needed="token",
    fixed={"no_check_bucket": "true"}, root="bucket",
)  # fmt: skip

SERVERS = (AZUREFILES, B2, FILEFABRIC, FTP, GCS, QINGSTOR, QUATRIX, SEAFILE, SIA, SWIFT)
"""All of them."""
