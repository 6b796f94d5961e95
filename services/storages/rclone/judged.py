"""Which kinds of storage may be connected by the generic form, and what of each may be set. Here and only here.

Deny by default: a type that is not in `TYPES` is refused, and so is an option that is not among the `allowed` of
its type, whatever rclone learns. `REFUSED_TYPES`, `NEVER` and the `refused` of each type say what was looked at and
why it is left out; a test holds all of it against the list of the rclone that is installed, and names what is new.

An option may be allowed when no value of it can name a file, a program, a socket or rights of this machine, lead
past the gate, or put a host where it is not checked. Hosts and addresses are `kinds`; what becomes a part of a host
has a pattern or takes examples only. All types here connect through the gate, which a test sees for each.
"""

from types import MappingProxyType

from services.storages.rclone.judged_clouds import CLOUDS
from services.storages.rclone.judged_servers import SERVERS
from services.storages.rclone.judgements import by_key

TYPES = MappingProxyType(
    {each.type: each for each in sorted((*SERVERS, *CLOUDS), key=lambda each: each.title.lower())}
)
"""The types of the generic form, in the order in which people see them."""

REFUSED_TYPES = MappingProxyType(
    by_key(
        {
            "files of this machine": "local",
            "another storage inside, which would not be checked": (
                "alias archive cache chunker combine compress crypt hasher union"
            ),
            "forgotten when rclone ends": "memory",
            "connects past the gate": "hdfs storj tardigrade",
            "pages of others, without a reliable listing": "doi http",
            "needs the password of the whole account, and a code or a browser with it": (
                "filen iclouddrive internxt protondrive"
            ),
            "signed in to only by rclone's own questions": "jottacloud pikpak sugarsync",
            "signs in with a configuration file or the rights of this machine": "oracleobjectstorage",
            "its host and a path are one text, which cannot be checked as a host": "netstorage",
        }
    )
    | {"google photos": "shows only what the same program uploaded"}
)
"""Types that are not offered, with the reason."""

NEVER = MappingProxyType(
    by_key(
        {
            "names a file of this machine": (
                "box_config_file client_certificate_path config_file config_profile key_file kerberos_ccache"
                " known_hosts_file path_override profile pubkey_file service_account_file service_principal_file"
                " shared_credentials_file sse_customer_key_file db_path chunk_path tmp_upload_path"
            ),
            "belongs to a file of this machine": "client_certificate_password client_send_certificate_chain pubkey",
            "runs a program, or tells the server to": (
                "bearer_token_command blake3sum_command crc32sum_command md5sum_command server_command set_env"
                " sha1sum_command sha256sum_command ssh subsystem use_az xxh128sum_command xxh3sum_command"
            ),
            "uses rights of this machine": (
                "env_auth key_use_agent msi_client_id msi_mi_res_id msi_object_id role_arn role_external_id"
                " role_session_duration role_session_name use_kerberos use_msi spn"
            ),
            "leads past the gate, or to this machine": "http_proxy socks_proxy proxy unix_socket use_emulator",
            "says where tokens and keys are sent": (
                "auth_url token_url client_credentials connection_string download_url sts_endpoint auth_redirect"
                " disable_instance_discovery"
            ),
            "holds addresses inside that are not checked": "config_credentials service_account_credentials",
            "makes the connection to the server readable or forgeable": (
                "allow_insecure_tls_ciphers no_check_certificate use_insecure_cipher"
            ),
            "decides how much memory and disk rclone takes from all others": (
                "chunk_size max_stream_size maximal_summary_chunk_size memory_pool_flush_time memory_pool_use_mmap"
                " minimal_chunk_size speedup_max_disk speedup_max_memory upload_concurrency upload_cutoff"
            ),
            "puts anything into each request": "headers user_agent",
            "acts as another person": "impersonate",
            "asks questions that nobody answers": "2fa ask_password",
            "another storage inside": "remote upstreams",
            "where Hypomos keeps the name of a pinned host": "description",
            "changes the names of files, by which they are known": "encoding",
        }
    )
)
"""Options that no type has here, with the reason."""
