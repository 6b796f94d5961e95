"""What pages say of storages elsewhere, for translation: forms of providers, guides, what may go wrong.

The texts stand where they are said, in `services`; tests hold both sides against each other.
"""

from typing import Final

from web.words import marked

FORMS: Final = (
    marked("Client id"),
    marked("The application (client) id of your own registration in Microsoft Entra."),
    marked("one word, as the provider shows it"),
    marked("Client secret"),
    marked("Belongs to the client id; some have none."),
    marked("one word"),
    marked("After 90 days without use Microsoft asks for a new sign-in."),
    marked("Folders with more than 50,000 files cannot be listed."),
    marked("Of your own project in the Google Cloud console, type “Desktop app”."),
    marked("Shared drive"),
    marked("The id of a shared drive; empty for your own."),
    marked("an id of letters and digits"),
    marked(
        "Publish the consent screen of your project: while it is in testing Google ends the sign-in after 7 "
        "days."
    ),
    marked("Google's own documents and shortcuts are not shown."),
    marked("The app key of your own app in the Dropbox App Console."),
    marked("Address"),
    marked("For Nextcloud as its settings show it: https://cloud.example.org/remote.php/dav/files/USER/."),
    marked("Kind of server"),
    marked("another"),
    marked("User name"),
    marked("Password"),
    marked("Best an app password."),
    marked("Token"),
    marked("Instead of user name and password."),
    marked("Plain WebDAV servers tell no checksums; Nextcloud and ownCloud do."),
    marked("Host"),
    marked("A name such as nas.example.org, or an address."),
    marked("Port"),
    marked("Private key"),
    marked("Instead of a password: the text of the key."),
    marked("Password of the key"),
    marked("Key of the server"),
    marked(
        "Such as “ssh-ed25519 AAAA…”. Empty: the key of the first sign-in is kept, and no other accepted."
    ),
    marked("No command is run on the server, so its checksums are not asked for."),
    marked("Windows share (SMB)"),
    marked("Domain"),
    marked("The address that the host has now is kept: give it a fixed one."),
    marked("S3 and compatible"),
    marked("Provider"),
    marked("“Other” for what is not in the list."),
    marked("Endpoint"),
    marked("The address of the service; empty for Amazon."),
    marked("Region"),
    marked("Such as eu-central-1; often empty elsewhere."),
    marked("letters, digits and hyphens"),
    marked("Access key"),
    marked("Secret key"),
    marked("Bucket in the path"),
    marked("Off: the bucket becomes part of the host name, as some providers want it."),
    marked("Files in Glacier and Deep Archive cannot be read."),
    marked("S3 does not tell how much room is left."),
    marked("Storage account"),
    marked("3 to 24 small letters and digits"),
    marked("Account key"),
    marked("the key as Azure shows it"),
    marked("SAS address"),
    marked("Instead of account and key: the address of one container."),
    marked("Empty for Microsoft's own."),
    marked("Files in the archive tier cannot be read."),
    marked("Azure does not tell how much room is left."),
    marked("A deleted file stays as a hidden version until the bucket's rules remove it."),
    marked(
        "On a computer with a browser run “rclone authorize” with the name of the provider, and paste what it "
        "prints."
    ),
    marked("After 60 days without use Box asks for a new sign-in."),
    marked("Encrypted (FTPES)"),
    marked("Encrypted from the start (FTPS)"),
    marked("What is uploaded there can be seen by everybody."),
    marked("3 to 63 small letters, digits and hyphens"),
    marked("FTP tells no checksums, and times only to the minute on old servers."),
    marked("E-mail address"),
    marked("Accounts with a second factor cannot be connected."),
    marked("MEGA ends reading for some hours after a few gigabytes."),
    marked("Region of the account"),
    marked("Library"),
    marked("Password of the library"),
    marked("Address of the sign-in"),
    marked("Project"),
    marked("Domain of the project"),
)
"""Labels, hints and limits of the providers' forms; names of products stay as they are."""

GUIDES: Final = (
    marked("An app of your own for OneDrive"),
    marked("Sign in to Microsoft Entra, open “App registrations” and choose “New registration”."),
    marked(
        "If Microsoft says that apps cannot be made outside of a directory, sign up for Azure first (free of "
        "charge for this); it makes one."
    ),
    marked(
        "Choose a name such as Hypomos. Under “Supported account types” choose accounts in any organizational "
        "directory and personal Microsoft accounts. Leave the redirect URI empty."
    ),
    marked("Under “Authentication”, set “Allow public client flows” to “Yes” and save."),
    marked(
        "Under “API permissions”, add the delegated permissions of Microsoft Graph “Files.Read”, or "
        "“Files.ReadWrite” to let Hypomos write, and “offline_access”."
    ),
    marked("Under “Overview”, copy the “Application (client) ID”. No secret is needed."),
    marked("An app of your own for Google Drive"),
    marked("Sign in to the Google Cloud console and make a project."),
    marked("Switch the Google Drive API on in this project."),
    marked(
        "Set up the consent screen: a name such as Hypomos, your e-mail address, and “External” as audience."
    ),
    marked(
        "Under “Audience”, choose “Publish app”, so that the publishing status is “In production”. With the "
        "status “Testing” each sign-in ends after 7 days. No verification by Google is needed for a household."
    ),
    marked("Under “Clients”, create a client of the type “Desktop app”."),
    marked("Copy the client ID and the client secret at once; the secret is shown only now."),
    marked(
        "When you sign in, Google warns that it has not verified the app. It is your own: choose “Advanced”, "
        "then go on."
    ),
    marked("An app of your own for Dropbox"),
    marked("Sign in to the app console of Dropbox and choose “Create app”."),
    marked("Choose “Scoped access” and “Full Dropbox”, and a name that nobody has taken yet."),
    marked(
        "Under “Permissions”, tick “account_info.read”, “files.metadata.read” and “files.content.read”; to let "
        "Hypomos write, “files.metadata.write” and “files.content.write” too. Choose “Submit”."
    ),
    marked("Under “Settings”, set “Allow public clients (Implicit Grant & PKCE)” to “Allow”."),
    marked("Copy the “App key”: it is the client id. No secret is needed."),
    marked(
        "An app in the status “Development” is for your own account. Others of the household can use it after "
        "“Enable additional users”."
    ),
    marked(
        "To be sent back here by itself after signing in: under “Authentication”, add the platform “Web” with "
        "this redirect URI, and under “Certificates & secrets” a client secret. Enter its value here too."
    ),
    marked(
        "To be sent back here by itself after signing in: make the client of the type “Web application” "
        "instead, with this authorized redirect URI."
    ),
    marked(
        "To be sent back here by itself after signing in: under “Settings”, add this redirect URI. The secret "
        "may stay empty."
    ),
)
"""How to register an app, step by step."""

SENTENCES: Final = (
    marked("This kind of storage is connected by an adult of the household."),
    marked(
        "The storage does not accept this sign-in. Check user name, password and keys, and enter them again."
    ),
    marked(
        "This is another account than the storage's. Sign in with the one it was connected with, or connect "
        "the other one as a storage of its own."
    ),
    marked("This folder is connected already, or one in or around it. Each file belongs to one storage."),
    marked("This folder cannot be listed: {reason}"),
    marked("Choose a {root} to begin with."),
    marked("Sign in to the storage first."),
    marked("A folder of this machine needs no sign-in."),
    marked("rclone does not take this: {cause}"),
    marked("This has ended"),
    marked("It was finished or cancelled, or nobody went on for an hour. Begin again."),
    marked("Another server is given by an adult of the household."),
    marked("The sign-in did not work"),
    marked("{label} is too long: at most {n} characters."),
    marked("{label} must not have control characters or line breaks."),
    marked("{label} must not have a backtick, three quotes or “%(…)s”."),
    marked("{label} must be a whole number, not “{text}”."),
    marked("{label} must be a number from 1 to 65535."),
    marked("{label} must be one of {known}, not “{text}”."),
    marked("{label} must be a size such as 64Mi, not “{text}”."),
    marked("{label} must be a duration such as 1m30s, not “{text}”."),
    marked("{label} is not for “{text}”: leave it empty."),
    marked("This rclone knows no storage of the type {text}."),
    marked("{label} must be a whole private key: from “-----BEGIN … PRIVATE KEY-----” to its END line."),
    marked("{label} must be an address such as https://cloud.example.org/, with no user name in it."),
    marked("{label} is needed again, because the server is another one."),
    marked("One of these is needed: {labels}."),
    marked("Endpoint is missing: only Amazon needs none."),
    marked("Give the port with the host."),
    marked("FTP needs a name or an IPv4 address."),
    marked("Choose one kind of encryption."),
    marked(
        "The way to “{host}” is not encrypted, and your password would be readable. Use https or TLS, or ask "
        "the administrator to name the host in the setting “storage_hosts_allowed”."
    ),
    marked("A host key looks like “ssh-ed25519 AAAA…”: a line of known_hosts or of ssh-keyscan."),
    marked("The host “{host}” is not found. Is the name right?"),
    marked("“{text}” is no host name and no address."),
    marked("“{text}” is no address: write it as four numbers, such as 192.168.1.20."),
    marked("“{host}” is no address of a server."),
    marked("“{host}” at port {port} is Hypomos itself: a storage cannot point to it."),
    marked("“{host}” is {rule}. The administrator can allow it: name it in the setting “{setting}”."),
    marked("an address of this machine itself (loopback)"),
    marked("an address of this machine itself"),
    marked("a private address"),
    marked("an address inside a provider's network"),
    marked("an address of the local link"),
    marked("a reserved address"),
    marked("A redirect needs an https address with a public name in the setting public_url."),
    marked(
        "{title} needs an app that you have registered there, and its {what} here. The help says how to make "
        "one."
    ),
    marked("This cannot be right: copy it again, without spaces or line breaks."),
    marked("This sign-in was not begun with {title}. Begin again."),
    marked("The time for signing in to {title} is over. Begin again; there are some minutes for it."),
    marked("Access was declined at {title}. Nothing was connected."),
    marked(
        "{title} does not accept the client id or secret. Compare both with the app's registration ({cause})."
    ),
    marked(
        "{title} does not accept this code. It works once and for a few minutes: begin again and take the new "
        "one."
    ),
    marked("The app's registration with {title} does not have the permissions it needs ({cause})."),
    marked("{title} refused the sign-in: {cause}"),
    marked(
        "This is not the address of the page that could not be opened. Copy the whole address from the "
        "browser's address bar; it begins with {address}"
    ),
    marked(
        "This answer belongs to another sign-in, perhaps an earlier one or one in another tab. Begin again."
    ),
    marked("This is not a code of {title}. Copy the whole code, and nothing else."),
    marked(
        "This Microsoft account has no OneDrive that can be opened. Sign in with another, or open OneDrive "
        "once in the browser first."
    ),
    marked(
        "The app's registration does not allow device codes. In Microsoft Entra, under Authentication, set "
        "“Allow public client flows” to Yes."
    ),
    marked(
        "Google Drive was not ticked on the page of Google. Begin again and allow it; without it there is "
        "nothing to show."
    ),
    marked(
        "The Google Drive API is not switched on in the app's project. Switch it on in the Google Cloud "
        "console, wait some minutes, and begin again."
    ),
    marked("{title} cannot be reached: {cause}."),
    marked("{title} wants a new sign-in."),
    marked("{title} does not allow this."),
    marked("{title} answered with an error (status {status})."),
    marked("{title} asks to wait {n} seconds."),
    marked("{title} answered something that Hypomos does not understand."),
    marked("{title} took too long to answer."),
    marked("There is no such file or folder in the storage."),
    marked("“{path}” is not a folder of the storage."),
    marked("“{path}” cannot be opened: its storage does not tell how long it is."),
    marked("“{path}” is no path: it has an empty name, “.”, “..” or NUL in it."),
    marked("The storage's folder is not there: was it renamed or moved?"),
    marked(
        "Hypomos does not connect to {host}: the administrator can name it in the setting storage_hosts_allowed."
    ),
    marked("The storage wants a new sign-in ({cause})."),
    marked("The storage asks to wait {n} seconds."),
    marked("No room left in the storage ({cause})."),
    marked("The storage refuses this: the account may lack the right to it ({cause})."),
    marked("The storage cannot be reached just now ({cause})."),
    marked("nothing answers at its address"),
    marked("its address is not known or not reachable"),
    marked(
        "its key is not the one that is kept here: if the server was set up anew, empty “Key of the server”"
    ),
    marked("its certificate has expired, is for another name, or is of nobody that this machine trusts"),
    marked("it does not answer in time"),
    marked("its answer makes no sense"),
    marked("it ended its answer early"),
    marked("its clock and that of this machine differ: look at the time of both"),
    marked("The storage did not answer within {n} seconds."),
    marked("The storage did not answer in time."),
    marked("rclone does not answer; it is being started again."),
    marked(
        "Storages other than local folders need the program rclone 1.75 or newer. Install it "
        "(https://rclone.org/install), or name it in the setting rclone."
    ),
    marked("{label} is missing."),
    marked("{label} must be {rule}."),
)
"""What went wrong, the most general last: the first that fits is taken."""
