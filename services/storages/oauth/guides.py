"""How to register an app with each provider, step by step: data that pages show and translate.

The same steps are in docs/storages.md; a test compares the two. Names in “” are those on the
provider's pages (as of 2026; Google, “Configure the OAuth consent screen”, Microsoft, “Register an
application”, Dropbox, “Getting started”).
"""

from dataclasses import dataclass
from typing import Final

from services.storages.oauth.redirecting import callback, may_redirect
from services.storages.oauth.values import ProviderName


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `link` is where, `copy` what has to be entered there."""

    text: str
    link: str = ""
    copy: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """The way to an app of one's own; what it ends with is entered in the fields of these names."""

    provider: ProviderName
    title: str
    steps: tuple[Step, ...]
    fields: tuple[str, ...]


def guide(provider: ProviderName, *, public_url: str = "") -> Guide:
    """The steps for one provider; with those for a redirect where `public_url` allows one."""
    found = GUIDES[provider]
    if not may_redirect(public_url):
        return found
    extra = Step(REDIRECTS[provider], copy=callback(public_url, provider))
    return Guide(found.provider, found.title, (*found.steps, extra), ("client_id", "client_secret"))


GUIDES: Final[dict[ProviderName, Guide]] = {
    "microsoft": Guide(
        "microsoft",
        "An app of your own for OneDrive",
        (
            Step(
                "Sign in to Microsoft Entra, open “App registrations” and choose “New registration”.",
                link="https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
            ),
            Step(
                "If Microsoft says that apps cannot be made outside of a directory, sign up for Azure first (free of "
                "charge for this); it makes one."
            ),
            Step(
                "Choose a name such as Hypomos. Under “Supported account types” choose accounts in any "
                "organizational directory and personal Microsoft accounts. Leave the redirect URI empty."
            ),
            Step("Under “Authentication”, set “Allow public client flows” to “Yes” and save."),
            Step(
                "Under “API permissions”, add the delegated permissions of Microsoft Graph “Files.Read”, or "
                "“Files.ReadWrite” to let Hypomos write, and “offline_access”."
            ),
            Step("Under “Overview”, copy the “Application (client) ID”. No secret is needed."),
        ),
        ("client_id",),
    ),
    "google": Guide(
        "google",
        "An app of your own for Google Drive",
        (
            Step(
                "Sign in to the Google Cloud console and make a project.",
                link="https://console.cloud.google.com/projectcreate",
            ),
            Step(
                "Switch the Google Drive API on in this project.",
                link="https://console.cloud.google.com/apis/library/drive.googleapis.com",
            ),
            Step(
                "Set up the consent screen: a name such as Hypomos, your e-mail address, and “External” as audience.",
                link="https://console.cloud.google.com/auth/overview",
            ),
            Step(
                "Under “Audience”, choose “Publish app”, so that the publishing status is “In production”. With the "
                "status “Testing” each sign-in ends after 7 days. No verification by Google is needed for a household."
            ),
            Step(
                "Under “Clients”, create a client of the type “Desktop app”.",
                link="https://console.cloud.google.com/auth/clients",
            ),
            Step("Copy the client ID and the client secret at once; the secret is shown only now."),
            Step(
                "When you sign in, Google warns that it has not verified the app. It is your own: choose “Advanced”, "
                "then go on."
            ),
        ),
        ("client_id", "client_secret"),
    ),
    "dropbox": Guide(
        "dropbox",
        "An app of your own for Dropbox",
        (
            Step(
                "Sign in to the app console of Dropbox and choose “Create app”.",
                link="https://www.dropbox.com/developers/apps/create",
            ),
            Step("Choose “Scoped access” and “Full Dropbox”, and a name that nobody has taken yet."),
            Step(
                "Under “Permissions”, tick “account_info.read”, “files.metadata.read” and “files.content.read”; to "
                "let Hypomos write, “files.metadata.write” and “files.content.write” too. Choose “Submit”."
            ),
            Step("Under “Settings”, set “Allow public clients (Implicit Grant & PKCE)” to “Allow”."),
            Step("Copy the “App key”: it is the client id. No secret is needed."),
            Step(
                "An app in the status “Development” is for your own account. Others of the household can use it after "
                "“Enable additional users”."
            ),
        ),
        ("client_id",),
    ),
}

REDIRECTS: Final[dict[ProviderName, str]] = {
    "microsoft": (
        "To be sent back here by itself after signing in: under “Authentication”, add the platform “Web” with this "
        "redirect URI, and under “Certificates & secrets” a client secret. Enter its value here too."
    ),
    "google": (
        "To be sent back here by itself after signing in: make the client of the type “Web application” instead, with "
        "this authorized redirect URI."
    ),
    "dropbox": (
        "To be sent back here by itself after signing in: under “Settings”, add this redirect URI. The secret may stay "
        "empty."
    ),
}
"""For households with a public https address: what has to be registered besides."""
