"""The household's own certificate: made, renewed and described here and only here.

`household` says where its files lie and keeps them right; it costs a server nothing. `signing` and `reading` need
the library `cryptography`, and are for a short child process and for commands.
"""

from services.certificates.household import CertificateUnusable, Household, Kept, fingerprint

__all__ = ["CertificateUnusable", "Household", "Kept", "fingerprint"]
