"""A TLS handshake in memory: does a client that trusts an authority believe a server's certificate?"""

import contextlib
import ssl


def shake(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> dict[str, object]:
    """What the client knows of the server it believed; raises ssl.SSLCertVerificationError when it does not."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=host)
    for _ in range(10):
        try:
            theirs.do_handshake()
        except ssl.SSLWantReadError:
            with contextlib.suppress(ssl.SSLWantReadError):
                ours.do_handshake()
        else:
            return dict(theirs.getpeercert() or {})
    raise AssertionError("the handshake goes on for ever")


def trusting(authority: str) -> ssl.SSLContext:
    """A client that trusts this authority (PEM) alone, and takes RFC 5280 at its word."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authority)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context
