"""Safe headers on every answer: what a browser may load, frame, guess and remember.

Media get a sandbox of their own: they come from people's storages, and a picture that is a web page
in disguise must not run. Source: CSP Level 3, Fetch Metadata, RFC 6266 for file names.
"""

from urllib.parse import quote

from starlette.responses import Response

INLINE = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif",
        "video/mp4", "video/webm", "video/quicktime",
        "audio/mpeg", "audio/mp4", "audio/ogg", "audio/flac", "audio/wav",
    }
)  # fmt: skip
"""What a browser may show in place; everything else is offered for download. SVG is never among them."""

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def page_headers(nonce: str, *, connect: str = "") -> dict[str, str]:
    """Headers of a page whose one inline script (the import map) carries `nonce`.

    Its scripts may ask us, and one more origin of ours where `connect` names it.
    """
    asked = f"'self' {connect}".rstrip()
    policy = (
        "default-src 'none'; img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self'; "
        f"script-src 'self' 'nonce-{nonce}'; connect-src {asked}; font-src 'self'; manifest-src 'self'; "
        "worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return COMMON | {"Content-Security-Policy": policy, "Cache-Control": "private, no-store"}


def api_headers() -> dict[str, str]:
    """Headers of JSON answers."""
    return COMMON | {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cache-Control": "private, no-cache",
        "Vary": "Cookie, Authorization",
    }


def media_headers(mime: str, name: str, *, download: bool = False) -> dict[str, str]:
    """Headers of an original or a rendition: cached only if it is asked for again each time."""
    kind = "attachment" if download or mime not in INLINE else "inline"
    return COMMON | {
        "Content-Type": mime,
        "Content-Disposition": f"{kind}; filename=\"{_ascii(name)}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-cache",
        "Vary": "Cookie, Authorization",
        "Accept-Ranges": "bytes",
    }


def _ascii(name: str) -> str:
    return "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in name)


def unlisted(response: Response) -> Response:
    """Keep an answer out of search engines."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response
