"""Sentences of the domain in the viewer's language.

Errors and states come as English sentences that hold data. Those a person may meet on a page stand
here with a name for each datum; whatever is not here is shown in English as it is. Tests hold them
against the sources: none is kept that nobody says any more, and none of the domain's is missing.
"""

import re
from functools import cache
from typing import Final

from web import filter_words, storage_words
from web.words import LANGUAGES, marked, words

NESTED: Final = frozenset({"reason", "detail", "cause", "place", "label", "rule"})
"""Data that are sentences themselves, or may be; of `labels` each is."""

QUOTED: Final = frozenset({"detail", "cause"})
"""Data in which the system and the decoders speak: what is not known of it is quoted as theirs."""

RARER: Final = marked("a rarer reason, in the program's own words “{words}”")

SENTENCES: Final = (
    # accounts
    marked("The name or the password is wrong."),
    marked("Too many tries. Try again in {seconds} seconds."),
    marked("This is not your present password."),
    marked("The two passwords differ."),
    marked("The password needs at least {n} characters. Some words in a row are easy to remember."),
    marked("The password may have at most {n} characters."),
    marked("This password is easy to guess: it is made of common words, names, dates, rows of keys or repetitions. "
           "Add some unrelated words."),
    marked("The login name is missing."),
    marked("The login name may have at most {n} characters."),
    marked("A login name has only the letters a to z, digits and . _ - and begins with a letter or digit. "
           "Accents and spaces fit into the display name."),
    marked("The login name “{login}” is taken."),
    marked("This is too long: at most {n} characters."),
    marked("A child cannot be an administrator."),
    marked("This is the last active administrator. Make somebody else an administrator first."),
    marked("There is no such person."),
    marked("Only administrators may do this."),
    marked("This setup code is wrong or has expired. The newest one is in the log of the appliance; a restart prints "
           "another."),
    marked("There is an administrator already. Sign in, or ask them for an invitation."),
    marked("This invitation has been used, has expired or was revoked. Ask for a new one."),
    marked("This sign-in has ended or the account is disabled. Sign in again."),
    marked("There are {n} tokens already. Revoke those that are not used any more."),
    marked("The name others see has 1 to {n} characters."),
    marked("“{zone}” is no time zone such as Europe/Berlin."),
    marked("Change your own password with the present one."),
    marked("The password is the only way to sign in. It can be changed, not removed."),
    marked("You are not signed in."),
    marked("This cannot be done with a token. Sign in with the browser."),
    marked("This token may not manage sessions and tokens."),
    marked("There is no role “{role}”: it is {roles}."),
    marked("The language is “en” or “de”, or empty for that of the browser."),
    # collections
    marked("Only people of the household mark pictures."),
    marked("A name has 1 to {n} characters."),
    marked("A description is a text of at most {n} characters."),
    marked("A day is written like 2026-07-04."),
    marked("{field} is “none” or “owner”."),
    marked("{field} is true or false."),
    marked("A query is a text."),
    marked("The sources of labels to trust are {sources}."),
    marked("The period ends before it begins."),
    marked("You have a collection “{name}” already. Choose another name."),
    marked("A collection has no “{name}” to be set."),
    marked("The rule is “always”, “never”, or nothing."),
    marked("At most {n} items at once."),
    marked("Only a dynamic collection has rules apart from its query."),
    marked("A dynamic collection is ordered by its query."),
    marked("Only a dynamic collection has a query."),
    marked("This query asks for the collection itself, by way of others."),
    marked("Name the items: by ids, or by a query."),
    marked("There is no action “{name}”."),
    marked("Name one label at least."),
    marked("Say what “{name}” is to be."),
    marked("Its query names something that was deleted."),
    marked("Its query would take too long: for each item everything else would be looked through."),
    marked("Its query took too long and was ended. Make it simpler; then it is tried again."),
    marked(
        "This query cannot be kept in a collection: for each item everything else would be looked through. "
        "Leave a condition out, or search with it."
    ),
    marked("A collection needs a condition: an empty query would hold everything."),
    marked("A collection holds all that match: “limit” and “per” are for searches."),
    marked("The {names} are for the owner of the picture to change."),
    marked("“{word}” cannot be kept in a collection: it depends on {what}."),
    marked("kind is “static” or “dynamic”."),
    marked("A dynamic collection has a query as a text, a static one none."),
    marked("A collection needs a name."),
    marked("before is the id of an item, or null."),
    marked("query is a text."),
    marked("trusted is a list."),
    marked("ids is a list of ids of items."),
    marked("{field} is a list of ids of items."),
    # events
    marked("An event needs a name."),
    marked("The event ends before it begins."),
    marked("The end of an event lies ahead, not in the past. To end it now, close it."),
    marked("Say after how many days it ends: 1 to {n}."),
    marked("Say by how many days it is to last longer."),
    marked("A day is written like 2026-07-04, a time like 18:00."),
    marked("What guests may do is one of {names}."),
    marked("A limit is a whole number above 0, or nothing."),
    marked("There is no such storage of the event's owner."),
    marked("“{name}” is for reading only. Allow writing in its settings first."),
    marked("A folder is a path of at most {n} characters."),
    marked("No part of the folder's path begins with a dot."),
    marked("Scans pass over “{name}”, so nothing in it would be found. Choose another folder."),
    marked("Events are made by adults. Ask one of your household."),
    marked("An event is organised by adults."),
    marked("This event is over, and stays as it was."),
    marked("This event is over: nothing comes in any more."),
    marked("This event is over: it needs no door any more."),
    marked("This event has no code to be printed."),
    marked("This event is still open. Close it first."),
    marked("This event is still open. What it shows can be freed when it is over."),
    marked("This event is yours. Close it instead."),
    marked("At this event only its organisers bring pictures."),
    marked("Choose at least one picture."),
    marked("Choose one of your collections."),
    marked("Only pictures of your own can be contributed."),
    # putting files into collections over the network drive
    marked("Only pictures, videos and sounds can be put here. Other files can be put into the folder of a storage."),
    marked("This was brought by somebody else. Take it out first, or decide about it in the browser."),
    marked("“{name}” is contributed already."),
    marked("“{name}” was taken back by the guest who brought it. It is shared no more."),
    marked("This is how an event shows itself. Change the event instead."),
    marked("taken back by the guest who brought it"),
    marked("freed after an event"),
    # links
    marked("This has ended"),
    marked("This link has ended."),
    marked("There is no such link."),
    marked("The password is wrong."),
    marked("By a link one can look, and download."),
    marked("At an event one can look, and download."),
    marked("What is brought to an event takes no note."),
    marked("A link's password has {least} to {most} characters."),
    marked("A link is used 1 to {most} times, or without a limit."),
    marked("It was used more often than that already."),
    marked("Links are made by adults. Ask one of your household."),
    marked("Nothing can be shared of this collection: {problem}"),
    marked("This was sealed with another key."),
    marked("Nothing can be shared with that."),
    marked("Ask {who} whether they share it again."),
    marked("The number of uses is a whole number."),
    marked("This search takes too long here. Add a condition that narrows it, such as a period or a label."),
    marked("A link has no “{name}” to be set."),
    marked("“{name}” of a link cannot be set to this."),
    marked("An end is written like 2026-07-18T20:00:00Z."),
    # downloads
    marked("Choose 1 to {most} items for one download."),
    marked("One download holds at most {most} files. Choose fewer."),
    marked("“{name}” has changed while it was packed."),
    marked("Name either ids, a collection or an event."),
    marked("ids is a list of items."),
    marked("The right to the files of this download has ended."),
    marked("The right to know where this was taken has ended."),
    marked("The file has changed since it was read."),
    # providers that tell of changes
    marked("{provider} wants a new sign-in."),
    marked("{provider} does not allow this."),
    marked("{provider} answered with an error (status {status})."),
    marked("{provider} asks to wait {seconds} seconds."),
    marked("{provider} answered something that Hypomos does not understand."),
    marked("{provider} took too long to answer."),
    marked("{provider} cannot be reached: {cause}."),
    marked("{provider} cannot be asked: the request is not valid."),
    marked("{provider} sent more than an answer can have."),
    marked("The folder of this storage is not in Dropbox now."),
    marked("The provider gives the same changes again and again."),
    marked("The storage has no sign-in any more."),
    marked("Some folders could not be listed, so changes cannot be followed yet."),
    # storages and folders
    marked("Only an administrator adds storages for others."),
    marked("Storages are added by an adult of the household."),
    marked("There is a storage called “{name}” already. Choose another name."),
    marked("A storage's name has 1 to {n} characters and no slash; it is a folder of the network drive."),
    marked("This is not the storage's name, so nothing was removed."),
    marked("“{path}” is not a full path. Give the whole path of the folder, beginning with “/”."),
    marked("“{path}” holds Hypomos' own data, or is part of it. Choose a folder apart from it."),
    marked("“{path}” is part of another storage, or has one in it. Choose another folder, or remove that one first."),
    marked("“{path}” cannot be added by you: ask an administrator to assign a folder to you first."),
    marked("“{path}” is not in a folder that is assigned to you. Choose one in {folders}."),
    marked("“{path}” holds files of many people or programs. Choose one folder in it, with media."),
    marked("“{path}” belongs to the operating system. Choose a folder that holds media."),
    marked("“{path}” does not exist. Check how it is written, and that its disk is mounted."),
    marked("“{path}” is a file, not a folder. Give the folder it lies in."),
    marked("“{path}” cannot be read by Hypomos. Give the user that runs Hypomos the right to read and enter it."),
    marked("“{path}” cannot be opened: {cause}. Check the disk, then try again."),
    marked("The folder “{path}” cannot be opened: {cause}. Is its disk mounted, and is no part of its path a link "
           "now?"),
    marked("The folder “{path}” is not the one that was added: {reason}"),
    marked("another folder or disk is in its place"),
    marked("another storage is in its place"),
    marked("another disk is in its place, or none: is the disk mounted?"),
    marked("none of the files it is known by is there: is the disk mounted?"),
    marked("the marker file is gone: is the disk mounted?"),
    marked("No disk is mounted on “{path}” now."),
    marked("{gone} of {known} files were not found this time. If you removed them, confirm it on the storage's page; "
           "otherwise check that the disk is mounted. Nothing was changed."),
    marked("Only {free} MiB are free where Hypomos keeps its data ({data}). Scanning goes on when there is room "
           "again; originals are still served."),
    marked("The disk with the catalogue is full. Free some room: work goes on by itself then, and nothing is lost."),
    marked("Hypomos may not open {place}: {cause}. Check its permissions."),
    marked("{place} could not be reached: {cause}."),
    marked("The storage's top folder"),
    marked("{place} is not in the storage."),
    marked("{place} is too long a name to be in the storage."),
    marked("{place} is too long a name for this storage."),
    marked("{place} cannot be used in this storage."),
    marked("{place} is on another disk than its new place."),
    marked("{place} is there already or is not empty."),
    marked("{place} is on a disk that is mounted for reading only."),
    marked("{place} is larger than a file can be in this storage."),
    marked("No room left in the storage for {place}."),
    marked("“{path}” has changed in the storage since it was last looked at."),
    marked("“{path}” has not been looked at yet. Try again in a moment."),
    marked("“{path}” became shorter while it was read."),
    marked("“{path}” changed while it was read."),
    marked("“{path}” is a folder."),
    marked("“{path}” is not a file."),
    marked("“{path}” is no path: it has an empty name, “.”, “..” or NUL in it."),
    marked("“{path}” is not a full path: it has to begin with “/”."),
    marked("The path has half a character in it: no name can."),
    marked("This cannot be done to the top folder of a storage."),
    marked("This storage is for reading only. Its owner can allow writing in its settings."),
    marked("The right to this file has ended."),
    marked("No storage that holds this file can be reached."),
    marked("This version of Hypomos does not know the work “{kind}”."),
    marked("No room for renditions in {folder}"),
    marked("The catalogue ({path}) cannot be opened: {detail}."),
    marked("{reason} Sign in again on its page; nothing was changed meanwhile."),
    marked("{reason} Scanning goes on at {time} UTC; originals are opened as ever."),
    marked("Its answers take {seconds} seconds. Scanning goes on slowly."),
    marked("The storage does not answer; it is asked again in {minutes} min. {reason}"),
    marked("The folder that was connected is not in the storage any more. If it was renamed, connect it under its "
           "new name; nothing was changed."),
    marked("The worker died each time it did this; it will not be tried again by itself."),
    marked("Something unexpected went wrong ({kind}); the log has the details."),
    # what background reading may take
    marked("The bandwidth is a number of megabytes a second from 0.1 to 99999, such as 2.5. Leave it empty for no "
           "limit."),
    marked("Files at once is a whole number from 1 to {n}."),
    marked("Choose an hour of the day to begin with, and one to end with."),
    marked("From and to are the same hour. Choose two different ones, or all day."),
    # storages elsewhere
    marked("The storage is configured without an address: connect it again."),
    marked("The storage is not the one that was added: {reason}"),
    marked("The storage is suddenly empty: is it the one that was added?"),
    marked("The storage could not list some of the entries."),
    marked("Several things here are called “{name}”: only one is shown. Rename the others there."),
    marked("The listing was cut short."),
    marked("The storage's answer could not be understood."),
    marked("The storage ended its answer early."),
    marked("The storage has room for {free} bytes only, and this takes {size}."),
    marked("“{path}” did not arrive whole in the storage."),
    marked("“{path}” is not as long any more as when it was opened."),
    marked("“{path}” is not in the storage: its name is not UTF-8."),
    marked("“{path}” cannot be opened: its name is not UTF-8 in the storage. Rename it there."),
    marked("“{path}” has a character in it that storages do not take."),
    marked("No file or folder of a storage has so long a name."),
    marked("The top folder is no file."),
    marked("A port is a number from 1 to 65535, not {port}."),
    marked("At most {n} host keys can be given."),
    marked("{label} must be true or false, not “{text}”."),
    marked("{label} must be what “rclone authorize” printed: from { to }, with an access_token."),
    marked("The server's key is not known yet: sign in once."),
    marked("no reason given"),
    marked("The folder of this storage is not in Dropbox now."),
    marked("The provider gives the same changes again and again."),
    marked("{title} cannot be asked: the request is not valid."),
    marked("{title} sent more than an answer can have."),
    marked("{title} gave access for an hour only, without a refresh token. Remove Hypomos from the apps of your "
           "account at {account}, then sign in again."),
    # rclone
    marked("The setting rclone names {program}, which is not there."),
    marked("rclone {found} is too old: Hypomos needs {oldest} or newer, for its safety."),
    marked("rclone cannot be run: {cause}."),
    marked("rclone could not make its configuration file (exit code {code})."),
    marked("rclone did not start within {seconds} seconds; see {folder}/rclone.log."),
    marked("rclone does not start; see {folder}/rclone.log. It is tried again and again."),
    marked("rclone ended in the middle of this. See whether it was done before you try again."),
    marked("The process that looks after rclone does not answer."),
    marked("{file} is not encrypted, so it is not used: it may hold passwords in plain text. Move it away; the "
           "storages in it have to be connected again."),
    marked("rclone's configuration cannot be opened with this secret key: was secret.key replaced? Restore the key "
           "that belongs to it, or move rclone.conf away and connect the storages again."),
    marked("{file} cannot be read: {cause}."),
    # uploads
    marked("There is not enough room left to receive this file. Try again later."),
    marked("This file is too large: at most {size} may be sent."),
    marked("This upload goes on at byte {offset}."),
    marked("This upload is being sent already."),
    marked("The file is empty."),
    marked("This is no picture, video or sound: {detail}."),
    marked("This sound cannot be played: it is cut off or damaged."),
    marked("This cannot be shown: {detail}."),
    marked("“{path}” is a file, so no folder of that name can be made."),
    marked("{n} files are under way already. Let some of them come first."),
    marked("This file is being stored, or is stored already."),
    marked("There is no room left where files are received. What has come is kept; send the rest later."),
    marked("The file was lost before it could be stored. Send it again."),
    marked("The storage was removed before the file could be stored."),
    marked("A form with files says how long it is (Content-Length)."),
    marked("Nothing can be added here any more."),
    marked("The size is said at the beginning: Upload-Length, not Upload-Defer-Length."),
    marked("Uploads speak tus {version}: say so with Tus-Resumable."),
    marked("The bytes of an upload are sent as {kind}."),
    marked("{header} must be a whole number of bytes."),
    marked("Upload-Metadata is too long."),
    marked("Upload-Metadata is names with values in base64, such as “name SU1HXzEuanBn”."),
    marked("Not the place to go on"),
    marked("this is {mime}"),
    # changing files
    marked("“{name}” is a name that scans pass over, so the file would never be seen. Choose another."),
    marked("A name has no control characters, and no spaces at its beginning or end."),
    marked("A name is missing."),
    marked("A name has no slash; to put it elsewhere, move it."),
    marked("There are too many files called “{name}” here."),
    marked("Choose one or more files first."),
    marked("“{path}” is there already."),
    marked("The original lies in {names}, which is for reading only. Allow writing in the storage's settings, or "
           "delete it there."),
    marked("“{name}” holds more than {n} files. Delete the folders in it one by one."),
    marked("No storage has this item now, so there is nothing to put into the trash."),
    marked("A folder moves within its storage only; to another storage its files are moved."),
    marked("“{name}” lies in its provider's own trash; bring it back there."),
    marked("“{name}” is not in the storage's trash any more."),
    marked("“{path}” has changed since the move was asked for; nothing was moved."),
    marked("“{path}” changed while it was copied; nothing was moved."),
    marked("“{path}” is there already, with other bytes."),
    marked("The folder “{path}” cannot be made: {reason}"),
    marked("The fields of this form are too long."),
    marked("Nothing was deleted: say first that you are sure."),
    marked("Choose in your settings to which storage your files go; it must be open for writing."),
    marked("Your files can go to a storage of yours that is open for writing."),
    marked("The request ended before all of it had come."),
    # everything that is wrong
    marked("The storage cannot be reached."),
    marked("Hypomos tries again by itself, and nothing is lost meanwhile. If it stays away, see that its"
           " disk is mounted or its server runs, and that its address is still right."),
    marked("The storage wants a new sign-in."),
    marked("Sign in again. Nothing was changed meanwhile, and it goes on where it was."),
    marked("Scanning stands still: too much was gone at once."),
    marked("Look at the storage. If you removed the files, say so there; if not, see that its disk is "
           "mounted and the files are where they were, then scan again."),
    marked("The storage answers slowly."),
    marked("There is nothing to do: everything goes on, and an original may take a moment to open."),
    marked("Something had no room in this storage."),
    marked("Delete what is not needed there, or empty its trash. Then look again."),
    marked("Its provider does not tell of changes just now."),
    marked("There is nothing to do: changes are found by scans meanwhile, a little later."),
    marked("A collection shows nothing: its query cannot be used."),
    marked("Open the collection and correct its query. What is shared by it is seen again then, and nothing of it "
           "until then."),
    marked("What is shared of this file has just changed. Ask for it again."),
    marked("A scan failed."),
    marked("Try it again. If it fails once more, the log of the appliance has the details."),
    marked("Reading new files failed."),
    marked("Looking for changes failed."),
    marked("Emptying the trash failed."),
    marked("Try it again. What was not deleted is still in the trash."),
    marked("A move to another storage failed."),
    marked("The file is still where it was. Move it again from there, if you still want to."),
    marked("This folder could not be listed as a whole."),
    marked("See that Hypomos may read all of it and that no name is there twice, then try again. What was known of it "
           "stays."),
    marked("Nothing is lost: Hypomos takes the move up again by itself. You can have that done now."),
    marked("Adding this file was interrupted."),
    marked("Making this folder was interrupted."),
    marked("Moving this was interrupted."),
    marked("Replacing this file was interrupted."),
    marked("Moving this to the trash was interrupted."),
    marked("Bringing this back from the trash was interrupted."),
    marked("Deleting this for good was interrupted."),
    marked("There is nothing to do: Hypomos finishes it, or undoes it, when the storage answers."),
    # sharing
    marked("Only people of the household mark pictures."),
    marked("The {fields} are for the owner of the picture to change."),
    marked("Choose somebody to share this with."),
    marked("There is nobody called “{login}” here."),
    marked("There is no such group."),
    marked("What is yours need not be shared with you."),
    marked("This is shared with {who} already. Change that share instead."),
    marked("This is shared with “{name}” already. Change that share instead."),
    marked("Nothing can be shared of this collection: {reason}"),
    marked("The end of a share lies ahead, not in the past."),
    marked("An end is written like 2026-07-04, or 2026-07-04T18:00:00Z."),
    marked("A group needs a name."),
    marked("There is a group “{name}” already."),
    marked("Groups are for adults to make and to change."),
    marked("Name one of grant, user, event, screen or storage."),
    marked("There is no such screen."),
    marked("Where pictures were taken is never told to a screen."),
    marked("A screen can look, and show originals."),
    # screens
    marked("Screens are let in by adults. Ask one of your household."),
    marked("This device is let in already."),
    marked("The time of this screen is over. Say until when it is one again."),
    marked("A screen needs a name, such as “Living room”."),
    marked("There is a screen called “{name}” already."),
    marked("The end of a screen lies ahead, not in the past."),
    marked("Tick at least one picture first."),
    marked("The form and the text say different things. Use the text, or put it back to keep the form."),
    marked("Decide on 1 to {n} at once."),
    # coming to an event
    marked("Say who you are: a first name is enough."),
    marked("The PIN is wrong."),
    marked("Too many wrong PINs were tried. Use the code, or ask who organises this for a new PIN."),
    marked("This event is over."),
    marked("At this event there is nothing to bring, only to look at."),
    marked("This event takes no files. Ask who organises it, or sign in to contribute from your own storages."),
    marked("At this event everybody may bring {n} files, and you have."),
    marked("You have brought as much as everybody may at this event."),
    # files that cannot be read
    marked("the file is empty"),
    marked("the name ends in {ending}, but the content is {mime}"),
    marked("there is no picture in this file ({mime})"),
    marked("there is no picture in this file"),
    marked("this is not a whole picture of its kind"),
    marked("this picture cannot be decoded: {cause}"),
    marked("there is no reader for {mime}"),
    marked("frames of {wide} x {high} pixels are beyond the limits"),
    marked("a RAW file of more than {n} MiB does not fit the memory there is"),
    marked("The file has changed since it was read; it is read again at the next scan."),
    marked("What it says of itself makes no sense, so it could not be recorded."),
    marked("only partly readable: {detail}"),
    marked("{wide} x {high} pixels are more than the limit of {n} megapixels"),
    marked("more pixels than the limit of {n} megapixels"),
    marked("decoding {wide} x {high} pixels takes {needed} MiB of memory, more than the {room} MiB there are"),
    marked("decoding takes more memory than the {n} MiB allowed"),
    marked("this RAW file holds no preview that can be shown"),
    marked("this video cannot be decoded: {cause}"),
    marked("this video holds no frame that can be decoded"),
    marked("no frame of this video could be decoded in time"),
    marked("this sound file cannot be opened: {cause}"),
    marked("this cannot be decoded ({kind}: {cause})"),
    marked("took longer than {n} seconds"),
    marked("took more processor time than allowed ({detail}, twice that for HEIF, RAW and video)"),
    marked("the decoder crashed ({name})"),
    marked("the system ended the decoder, probably for want of memory"),
    marked("the decoder could not work (exit code {code})"),
    marked("the decoder could not be started ({cause})"),
    marked("the decoder failed ({kind}: {cause})"),
    marked("the decoder answered nonsense"),
    marked("the decoders are being shut down"),
    # an item's own words
    marked("“{name}” cannot be set to this value: {detail}."),
    marked("there is no such field"),
    marked("true or false"),
    marked("0 to 5, or null"),
    marked("a text of at most {n} characters"),
    marked("a list of at most {n} words of at most 100 characters"),
    marked("There is no RAW here beside a picture."),
    marked("This was not taken apart."),
    marked("You have no video of this camera whose time is from its header."),
    # what went wrong with a request
    marked("Not found"),
    marked("There is nothing here, or it is not shared with you."),
    marked("Sign in"),
    marked("Please sign in."),
    marked("Not allowed"),
    marked("This was sent by a page of another site, so nothing was done."),
    marked("The form has expired. Go back, load the page again and repeat."),
    marked("This cannot be used"),
    marked("This query cannot be used"),
    marked("Already taken"),
    marked("Changed meanwhile"),
    marked("Too many tries"),
    marked("Too much at once"),
    marked("As many downloads as may be are running already. Try again when one of them has ended."),
    marked("The storage asks to wait"),
    marked("The storage cannot be reached"),
    marked("No room left"),
    marked("That did not work"),
    marked("Something went wrong"),
    marked("The error is in the log of the appliance."),
    marked("That is too much for one request (1 MiB at most)."),
    marked("cursor is not one that a page gave; begin again without it."),
    marked("{name} must be a whole number, not “{text}”."),
    marked("The request ended before all of it had come."),
    marked("The form cannot be read: {cause}."),
    # what stands inside others
    marked("{n} seconds"),
    marked("“{path}”"),
    *filter_words.SENTENCES, *filter_words.FIELDS,
    *storage_words.FORMS, *storage_words.GUIDES, *storage_words.SENTENCES,
)  # fmt: skip

FOREIGN: Final = (
    # the operating system
    marked("Connection timed out"),
    marked("Device or resource busy"),
    marked("File name too long"),
    marked("Host is down"),
    marked("Input/output error"),
    marked("Invalid argument"),
    marked("No route to host"),
    marked("No such device"),
    marked("No such file or directory"),
    marked("Not a directory"),
    marked("Operation not permitted"),
    marked("Permission denied"),
    marked("Read-only file system"),
    marked("Stale file handle"),
    marked("Too many levels of symbolic links"),
    marked("Too many open files"),
    marked("Transport endpoint is not connected"),
    # decoders
    marked("Invalid data found when processing input"),
    marked("End of file"),
    marked("image file is truncated ({n} bytes not processed)"),
    marked("image file is truncated"),
    marked("broken data stream when reading image file"),
    marked("unrecognized data stream contents when reading image file"),
)  # fmt: skip
"""What the system and the decoders say, which is a part of our sentences; what is rarer is quoted."""

_SAYINGS: Final = (*SENTENCES, *FOREIGN)
_DATUM = re.compile(r"{(\w+)}")


def said(text: str, language: str) -> str:
    """The sentence in that language, if it is one of ours; else as it is."""
    if not text or language == LANGUAGES[0]:
        return text
    translate = words(language).gettext
    if text in _SAYINGS:
        return translate(text)
    for sentence, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            data = {n: _datum(n, v, language) for n, v in found.groupdict().items()}
            return "".join(data[p] if n % 2 else p for n, p in enumerate(_DATUM.split(translate(sentence))))
    return text


def _datum(name: str, value: str, language: str) -> str:
    """A part of a sentence, in that language where it is one of ours; words of others are quoted."""
    if name == "labels":
        return ", ".join(said(each, language) for each in value.split(", "))
    if name not in NESTED:
        return value
    told = said(value, language)
    if name in QUOTED and told == value and value not in _SAYINGS:
        return words(language).gettext(RARER).replace("{words}", value)
    return told


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The sentences that hold data, as what recognises them."""
    found = []
    for sentence in _SAYINGS:
        if _DATUM.search(sentence):
            parts = _DATUM.split(sentence)  # text, name, text, name, … text
            texts = [f"(?P<{p}>.+)" if n % 2 else re.escape(p) for n, p in enumerate(parts)]
            found.append((sentence, re.compile("".join(texts), re.DOTALL)))
    return tuple(found)
