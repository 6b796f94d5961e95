"""Every address of the web facade on one page, each with who may ask for it.

`public` needs nobody, `person` a signed-in person (or, for the API, their token), `admin` an administrator,
`guest` the guest session that the address names. A route without a policy cannot be written down here, and a
test walks this list with every kind of actor.
"""

from functools import cache

from starlette.routing import BaseRoute, Mount, Route

from web import downloads, media, subtitles
from web.api import (
    approvals,
    cameras,
    collections,
    drafts,
    events,
    files,
    filters,
    groups,
    health,
    items,
    jobs,
    links,
    me,
    openapi,
    problems,
    screens,
    selection,
    sessions,
    shares,
    storages,
    stream,
    timeline,
    trash,
    uploads,
    users,
)
from web.handling import Endpoint, api, api_with_body, page, page_with_files
from web.pages import (
    about,
    attending,
    boards,
    bringing,
    certificate,
    connecting,
    connection,
    contributing,
    devices,
    doors,
    dropping,
    event_doors,
    event_guests,
    guests,
    home,
    invitation,
    item,
    organising,
    people,
    received,
    reconnecting,
    search,
    settings,
    setup,
    sharing,
    sign_in,
)
from web.pages import approvals as approval_pages
from web.pages import collections as collection_pages
from web.pages import events as event_pages
from web.pages import files as file_pages
from web.pages import groups as group_pages
from web.pages import links as link_pages
from web.pages import problems as problem_pages
from web.pages import querying as query_pages
from web.pages import screens as screen_pages
from web.pages import selection as selection_pages
from web.pages import storages as storage_pages
from web.pages import trash as trash_pages
from web.rules import Rule
from web.static_files import Static

API = "/api/v1"

PAGES: tuple[Rule, ...] = (
    Rule("GET", "/setup", "public", setup.show),
    Rule("POST", "/setup", "public", setup.create),
    Rule("GET", "/login", "public", sign_in.show),
    Rule("POST", "/login", "public", sign_in.sign_in),
    Rule("POST", "/logout", "person", sign_in.sign_out),
    Rule("GET", "/invite/{token}", "public", invitation.show),
    Rule("POST", "/invite/{token}", "public", invitation.accept),
    Rule("GET", "/", "person", home.show),
    Rule("GET", "/search", "person", search.search),
    Rule("GET", "/search/form", "person", search.form),
    Rule("GET", "/search/preview", "person", search.preview),
    Rule("GET", "/search/complete", "person", search.completions),
    Rule("GET", "/search/help", "person", search.help_page),
    Rule("GET", "/timeline", "person", home.plain),
    Rule("GET", "/timeline/b/{month:int}", "person", home.bucket),
    Rule("GET", "/item/{id}", "person", item.show),
    Rule("POST", "/item/{id}", "person", item.edit),
    Rule("POST", "/item/{id}/trash", "person", trash_pages.throw_item),
    Rule("POST", "/item/{id}/withdraw", "person", sharing.withdraw),
    Rule("POST", "/item/{id}/unwithdraw", "person", sharing.unwithdraw),
    Rule("POST", "/item/{id}/apart", "person", item.take_apart),
    Rule("POST", "/item/{id}/together", "person", item.put_together),
    Rule("GET", "/collections", "person", collection_pages.index),
    Rule("GET", "/collections/new", "person", collection_pages.new),
    Rule("POST", "/collections/new", "person", collection_pages.create),
    Rule("GET", "/collections/{id}", "person", collection_pages.show),
    Rule("POST", "/collections/{id}", "person", collection_pages.edit),
    Rule("POST", "/collections/{id}/delete", "person", collection_pages.delete),
    Rule("POST", "/collections/{id}/rule", "person", collection_pages.rule),
    Rule("GET", "/collections/{id}/query", "person", query_pages.form),
    Rule("POST", "/collections/{id}/query", "person", query_pages.save),
    Rule("POST", "/collections/{id}/trust", "person", query_pages.trust),
    Rule("POST", "/selection", "person", selection_pages.act),
    Rule("POST", "/undo/{id}", "person", selection_pages.undo),
    Rule("GET", "/storages", "person", storage_pages.index),
    Rule("POST", "/storages", "person", storage_pages.add),
    Rule("POST", "/storages/check", "person", storage_pages.check),
    Rule("GET", "/storages/new/{type}", "person", connecting.form),
    Rule("POST", "/storages/new/{type}", "person", connecting.begin),
    Rule("GET", "/storages/new/draft/{id}", "person", connecting.show),
    Rule("POST", "/storages/new/draft/{id}/poll", "person", connecting.poll),
    Rule("POST", "/storages/new/draft/{id}/finish", "person", connecting.finish),
    Rule("POST", "/storages/new/draft/{id}/connect", "person", connecting.connect),
    Rule("POST", "/storages/new/draft/{id}/cancel", "person", connecting.cancel),
    Rule("GET", "/storages/signed-in/{provider}", "person", connecting.came_back),
    Rule("GET", "/storages/{id}", "person", storage_pages.show),
    Rule("GET", "/storages/{id}/reconnect", "person", reconnecting.show),
    Rule("POST", "/storages/{id}/reconnect", "person", reconnecting.renew),
    Rule("POST", "/storages/{id}/scan", "person", storage_pages.scan),
    Rule("POST", "/storages/{id}/stop", "person", storage_pages.stop),
    Rule("POST", "/storages/{id}/confirm", "person", storage_pages.confirm),
    Rule("POST", "/storages/{id}/remove", "person", storage_pages.remove),
    Rule("GET", "/storages/{id}/room", "person", storage_pages.room),
    Rule("POST", "/storages/{id}/writing", "person", storage_pages.writing),
    Rule("POST", "/storages/{id}/budget", "person", storage_pages.set_budget),
    Rule("POST", "/storages/{id}/withhold", "person", sharing.withhold),
    Rule("POST", "/storages/{id}/release", "person", sharing.release),
    Rule("GET", "/storages/{id}/files", "person", file_pages.show),
    Rule("POST", "/storages/{id}/files/upload", "person", file_pages.upload, streams=True),
    Rule("POST", "/storages/{id}/files/folder", "person", file_pages.make_folder),
    Rule("POST", "/storages/{id}/files/scan", "person", file_pages.scan),
    Rule("GET", "/storages/{id}/files/entry", "person", file_pages.entry),
    Rule("POST", "/storages/{id}/files/rename", "person", file_pages.rename),
    Rule("POST", "/storages/{id}/files/move", "person", file_pages.move),
    Rule("POST", "/storages/{id}/files/delete", "person", file_pages.delete),
    Rule("GET", "/collections/{id}/share", "person", sharing.form),
    Rule("POST", "/collections/{id}/share", "person", sharing.share),
    Rule("GET", "/collections/{id}/contribute", "person", contributing.form),
    Rule("POST", "/collections/{id}/contribute", "person", contributing.contribute),
    Rule("GET", "/shares", "person", sharing.index),
    Rule("POST", "/shares/revoke", "person", sharing.revoke),
    Rule("GET", "/shares/received", "person", received.index),
    Rule("GET", "/shares/preview/{person}", "person", sharing.preview),
    Rule("GET", "/shares/{id}", "person", sharing.show),
    Rule("POST", "/shares/{id}", "person", sharing.save),
    Rule("POST", "/shares/{id}/end", "person", sharing.end),
    Rule("POST", "/grants/{id}/leave", "person", received.leave),
    Rule("POST", "/grants/{id}/timeline", "person", received.show_on_timeline),
    Rule("GET", "/approvals", "person", approval_pages.index),
    Rule("POST", "/approvals", "person", approval_pages.decide),
    Rule("POST", "/approvals/undo/{id}", "person", approval_pages.undo),
    Rule("GET", "/groups", "person", group_pages.index),
    Rule("POST", "/groups", "person", group_pages.make),
    Rule("POST", "/groups/{id}/people", "person", group_pages.add_person),
    Rule("POST", "/groups/{id}/leave", "person", group_pages.remove_person),
    Rule("POST", "/groups/{id}/dissolve", "person", group_pages.dissolve),
    Rule("GET", "/problems", "person", problem_pages.show),
    Rule("POST", "/problems/{id}/again", "person", problem_pages.again),
    Rule("POST", "/problems/{id}/dismiss", "person", problem_pages.dismiss),
    Rule("GET", "/trash", "person", trash_pages.show),
    Rule("POST", "/trash/empty", "person", trash_pages.empty),
    Rule("POST", "/trash/{id}/restore", "person", trash_pages.restore),
    Rule("POST", "/trash/{id}/delete", "person", trash_pages.delete),
    Rule("GET", "/screens", "person", screen_pages.index),
    Rule("POST", "/screens/approve", "person", screen_pages.approve),
    Rule("POST", "/screens/decide", "person", screen_pages.decide),
    Rule("GET", "/screens/{id}", "person", screen_pages.show),
    Rule("POST", "/screens/{id}", "person", screen_pages.save),
    Rule("POST", "/screens/{id}/end", "person", screen_pages.end),
    Rule("GET", "/screens/{id}/preview", "person", screen_pages.preview),
    Rule("GET", "/devices", "person", devices.index),
    Rule("POST", "/devices/passwords", "person", devices.create_password),
    Rule("POST", "/devices/passwords/{id}/revoke", "person", devices.revoke_password),
    Rule("POST", "/devices/sessions/{id}/revoke", "person", devices.revoke_session),
    Rule("GET", "/devices/connection", "person", connection.show),
    Rule("POST", "/devices/connection", "person", connection.try_password),
    Rule("GET", "/devices/connection/uses", "person", connection.uses),
    Rule("GET", "/certificate", "public", certificate.show),
    Rule("GET", "/certificate/household.crt", "public", certificate.download),
    Rule("GET", "/certificate/household.mobileconfig", "public", certificate.profile),
    Rule("GET", "/certificate/reached", "public", certificate.reach),
    Rule("GET", "/people", "admin", people.index),
    Rule("POST", "/people/invite", "admin", people.invite),
    Rule("POST", "/people/invitations/{id}/revoke", "admin", people.revoke_invitation),
    Rule("POST", "/people/{id}/disable", "admin", people.disable),
    Rule("POST", "/people/{id}/enable", "admin", people.enable),
    Rule("GET", "/settings", "person", settings.show),
    Rule("POST", "/settings", "person", settings.save),
    Rule("POST", "/settings/cameras", "person", settings.set_camera),
    Rule("POST", "/settings/password", "person", settings.change_password),
    Rule("GET", "/about", "person", about.show),
    Rule("POST", "/downloads", "person", downloads.download_form),
    Rule("GET", "/links", "person", link_pages.index),
    Rule("GET", "/collections/{id}/links", "person", link_pages.of_collection),
    Rule("POST", "/collections/{id}/links", "person", link_pages.make),
    Rule("POST", "/links/{id}", "person", link_pages.edit),
    Rule("POST", "/links/{id}/pause", "person", link_pages.pause),
    Rule("POST", "/links/{id}/renew", "person", link_pages.renew),
    Rule("POST", "/links/{id}/revoke", "person", link_pages.revoke),
    Rule("GET", "/links/{id}/preview", "person", link_pages.preview),
    Rule("GET", "/events", "person", event_pages.index),
    Rule("GET", "/events/new", "person", event_pages.new),
    Rule("POST", "/events/new", "person", event_pages.create),
    Rule("POST", "/events/contribute", "person", bringing.contribute_picked),
    Rule("GET", "/events/{id}", "person", event_pages.show),
    Rule("POST", "/events/{id}/take-out", "person", event_pages.take_out),
    Rule("POST", "/events/{id}/leave", "person", event_pages.leave),
    Rule("GET", "/events/{id}/contribute", "person", bringing.show),
    Rule("POST", "/events/{id}/contribute", "person", bringing.contribute),
    Rule("POST", "/events/{id}/files", "person", bringing.send_files, streams=True),
    Rule("POST", "/events/{id}/take-back", "person", bringing.take_back),
    Rule("GET", "/events/{id}/board", "person", boards.show),
    Rule("POST", "/events/{id}/board", "person", boards.decide),
    Rule("POST", "/events/{id}/board/undo", "person", boards.undo),
    Rule("GET", "/events/{id}/people", "person", attending.people),
    Rule("GET", "/events/{id}/preview", "person", attending.preview),
    Rule("POST", "/events/{id}/people", "person", attending.name_organiser),
    Rule("POST", "/events/{id}/people/remove", "person", attending.remove),
    Rule("POST", "/events/{id}/screens", "person", attending.show_on_screen),
    Rule("POST", "/events/{id}/screens/end", "person", attending.end_on_screen),
    Rule("GET", "/events/{id}/door", "person", attending.door),
    Rule("POST", "/events/{id}/door", "person", attending.renew_door),
    Rule("GET", "/events/{id}/poster", "person", attending.poster),
    Rule("GET", "/events/{id}/settings", "person", organising.settings),
    Rule("POST", "/events/{id}/settings", "person", organising.save),
    Rule("POST", "/events/{id}/extend", "person", organising.extend),
    Rule("GET", "/events/{id}/close", "person", organising.closing),
    Rule("POST", "/events/{id}/close", "person", organising.close),
    Rule("POST", "/events/{id}/archive", "person", organising.archive),
    Rule("GET", "/events/{id}/after", "person", organising.after),
    Rule("POST", "/events/{id}/after", "person", organising.free),
    Rule("GET", "/s/{token}", "public", doors.show),
    Rule("POST", "/s/{token}", "public", doors.enter),
    Rule("GET", "/e", "public", event_doors.ask_address),
    Rule("POST", "/e", "public", event_doors.find),
    Rule("GET", "/e/{token}", "public", event_doors.show),
    Rule("POST", "/e/{token}", "public", event_doors.enter),
)

VISITS: tuple[Rule, ...] = (
    Rule("GET", "/guest/{guest}", "guest", guests.show),
    Rule("GET", "/guest/{guest}/items/{id}", "guest", guests.item),
    Rule("GET", "/guest/{guest}/leave", "guest", guests.confirm_leaving),
    Rule("POST", "/guest/{guest}/leave", "guest", guests.leave),
    Rule("POST", "/guest/{guest}/take-back", "guest", event_guests.take_back),
    Rule("GET", "/guest/{guest}/join", "guest", event_guests.confirm_joining),
    Rule("POST", "/guest/{guest}/join", "guest", event_guests.join),
    Rule("POST", "/guest/{guest}/zip", "guest", downloads.download_visit),
)
"""Pages of guests: their own session, and no person's, opens them."""

VISIT_MEDIA: tuple[Rule, ...] = (
    Rule("GET", "/guest/{guest}/state", "guest", guests.state),
    Rule("GET", "/guest/{guest}/items/{id}/original", "guest", guests.original),
    Rule("GET", "/guest/{guest}/items/{id}/assets/{role}", "guest", guests.original),
    Rule("GET", "/guest/{guest}/items/{id}/subtitles/{file}", "guest", guests.subtitle),
)
"""What the pages of guests load."""

DROPS: tuple[Rule, ...] = (
    Rule("GET", "/guest/{guest}/files", "guest", dropping.show),
    Rule("POST", "/guest/{guest}/files", "guest", dropping.drop_files, streams=True),
)
"""Pages of guests who drop files."""

DROP_UPLOADS: tuple[Rule, ...] = (
    Rule("OPTIONS", "/guest/{guest}/uploads", "guest", uploads.options),
    Rule("GET", "/guest/{guest}/uploads", "guest", uploads.list_uploads),
    Rule("POST", "/guest/{guest}/uploads", "guest", uploads.drop_in, streams=True),
    Rule("HEAD", "/guest/{guest}/uploads/{id}", "guest", uploads.show),
    Rule("PATCH", "/guest/{guest}/uploads/{id}", "guest", uploads.append, streams=True),
    Rule("DELETE", "/guest/{guest}/uploads/{id}", "guest", uploads.drop),
)
"""By which those pages send them in pieces."""

VISIT_RENDITION = Rule("GET", "/guest/{guest}/items/{id}/rendition/{size}", "guest", guests.rendition)

RESOURCES: tuple[Rule, ...] = (
    Rule("GET", API + "/openapi.json", "public", openapi.document_of(lambda: described(), API)),
    Rule("GET", API + "/me", "person", me.show_me),
    Rule("PATCH", API + "/me", "person", me.edit_me),
    Rule("GET", API + "/items", "person", items.list_items),
    Rule("GET", API + "/items/{id}", "person", items.show_item),
    Rule("PATCH", API + "/items/{id}", "person", items.edit_item),
    Rule("DELETE", API + "/items/{id}", "person", items.delete_item),
    Rule("POST", API + "/items/{id}/apart", "person", items.take_apart),
    Rule("POST", API + "/items/{id}/together", "person", items.put_together),
    Rule("GET", API + "/items/{id}/original", "person", media.original),
    Rule("GET", API + "/items/{id}/assets", "person", items.list_assets),
    Rule("GET", API + "/items/{id}/assets/{role}", "person", media.original),
    Rule("GET", API + "/items/{id}/subtitles", "person", subtitles.list_subtitles),
    Rule("GET", API + "/items/{id}/subtitles/{file}", "person", subtitles.show),
    Rule("GET", API + "/items/{id}/collections", "person", collections.list_places),
    Rule("GET", API + "/collections", "person", collections.list_collections),
    Rule("POST", API + "/collections", "person", collections.create_collection),
    Rule("POST", API + "/collections/preview", "person", collections.preview, "read"),
    Rule("GET", API + "/collections/{id}", "person", collections.show_collection),
    Rule("PATCH", API + "/collections/{id}", "person", collections.edit_collection),
    Rule("DELETE", API + "/collections/{id}", "person", collections.delete_collection),
    Rule("GET", API + "/collections/{id}/items", "person", collections.list_items),
    Rule("POST", API + "/collections/{id}/items", "person", collections.add_items),
    Rule("PATCH", API + "/collections/{id}/items", "person", collections.order_items),
    Rule("DELETE", API + "/collections/{id}/items", "person", collections.remove_items),
    Rule("POST", API + "/collections/{id}/rules", "person", collections.decide_rule),
    Rule("GET", API + "/collections/{id}/why", "person", collections.show_why),
    Rule("POST", API + "/selection", "person", selection.act),
    Rule("POST", API + "/undo/{id}", "person", selection.undo),
    Rule("POST", API + "/filters/check", "person", filters.check_filter, "read"),
    Rule("GET", API + "/filters/complete", "person", filters.complete_filter),
    Rule("GET", API + "/items/{id}/audience", "person", items.audience),
    Rule("POST", API + "/items/{id}/withdraw", "person", items.withdraw),
    Rule("POST", API + "/items/{id}/unwithdraw", "person", items.unwithdraw),
    Rule("GET", API + "/shares", "person", shares.list_shares),
    Rule("POST", API + "/shares", "person", shares.make_share),
    Rule("GET", API + "/shares/{id}", "person", shares.show_share),
    Rule("PATCH", API + "/shares/{id}", "person", shares.edit_share),
    Rule("DELETE", API + "/shares/{id}", "person", shares.end_share),
    Rule("POST", API + "/revocations", "person", shares.revoke),
    Rule("GET", API + "/screens", "person", screens.list_screens),
    Rule("POST", API + "/screens", "person", screens.approve),
    Rule("GET", API + "/screens/devices", "person", screens.list_devices),
    Rule("PATCH", API + "/screens/devices/{id}", "person", screens.decide),
    Rule("GET", API + "/screens/{id}", "person", screens.show_screen),
    Rule("PATCH", API + "/screens/{id}", "person", screens.edit_screen),
    Rule("DELETE", API + "/screens/{id}", "person", screens.end_screen),
    Rule("GET", API + "/grants", "person", shares.list_grants),
    Rule("PATCH", API + "/grants/{id}", "person", shares.edit_grant),
    Rule("POST", API + "/grants/{id}/leave", "person", shares.leave),
    Rule("GET", API + "/events", "person", events.list_events),
    Rule("POST", API + "/events", "person", events.make_event),
    Rule("GET", API + "/events/{id}", "person", events.show_event),
    Rule("PATCH", API + "/events/{id}", "person", events.edit_event),
    Rule("DELETE", API + "/events/{id}", "person", events.end_event),
    Rule("GET", API + "/events/{id}/items", "person", events.list_items),
    Rule("DELETE", API + "/events/{id}/items", "person", events.take_out),
    Rule("GET", API + "/events/{id}/contributions", "person", events.list_contributions),
    Rule("POST", API + "/events/{id}/contributions", "person", events.contribute),
    Rule("DELETE", API + "/events/{id}/contributions/{grant}", "person", events.take_back),
    Rule("POST", API + "/events/{id}/leave", "person", events.leave),
    Rule("GET", API + "/events/{id}/board", "person", events.show_board),
    Rule("GET", API + "/events/{id}/door", "person", events.show_door, "write"),
    Rule("POST", API + "/events/{id}/door", "person", events.renew_door),
    Rule("GET", API + "/events/{id}/people", "person", events.list_people),
    Rule("POST", API + "/events/{id}/people", "person", events.name_organiser),
    Rule("DELETE", API + "/events/{id}/people/{login}", "person", events.remove_person),
    Rule("DELETE", API + "/events/{id}/guests/{guest}", "person", events.dismiss_guest),
    Rule("GET", API + "/events/{id}/screens", "person", events.list_screens),
    Rule("POST", API + "/events/{id}/screens", "person", events.show_on_screen),
    Rule("DELETE", API + "/events/{id}/screens/{screen}", "person", events.end_on_screen),
    Rule("GET", API + "/events/{id}/freeing", "person", events.propose_freeing),
    Rule("POST", API + "/events/{id}/freeing", "person", events.free),
    Rule("GET", API + "/approvals", "person", approvals.list_approvals),
    Rule("POST", API + "/approvals", "person", approvals.decide),
    Rule("POST", API + "/approvals/undo/{id}", "person", approvals.undo),
    Rule("GET", API + "/groups", "person", groups.list_groups),
    Rule("POST", API + "/groups", "person", groups.make_group),
    Rule("DELETE", API + "/groups/{id}", "person", groups.dissolve),
    Rule("POST", API + "/groups/{id}/people", "person", groups.add_person),
    Rule("DELETE", API + "/groups/{id}/people/{login}", "person", groups.remove_person),
    Rule("GET", API + "/cameras", "person", cameras.list_cameras),
    Rule("PATCH", API + "/cameras", "person", cameras.edit_camera),
    Rule("GET", API + "/timeline", "person", timeline.show_timeline),
    Rule("GET", API + "/storages", "person", storages.list_storages),
    Rule("POST", API + "/storages", "person", storages.add_storage),
    Rule("GET", API + "/storages/providers", "person", drafts.list_providers),
    Rule("GET", API + "/storages/providers/{type}", "person", drafts.show_provider),
    Rule("POST", API + "/storages/drafts", "person", drafts.begin_draft),
    Rule("GET", API + "/storages/drafts/{id}", "person", drafts.show_draft),
    Rule("DELETE", API + "/storages/drafts/{id}", "person", drafts.drop_draft),
    Rule("POST", API + "/storages/drafts/{id}/poll", "person", drafts.poll_draft),
    Rule("POST", API + "/storages/drafts/{id}/finish", "person", drafts.finish_draft),
    Rule("GET", API + "/storages/drafts/{id}/folders", "person", drafts.list_folders),
    Rule("POST", API + "/storages/drafts/{id}/connect", "person", drafts.connect_draft),
    Rule("GET", API + "/storages/{id}", "person", storages.show_storage),
    Rule("PATCH", API + "/storages/{id}", "person", storages.edit_storage),
    Rule("DELETE", API + "/storages/{id}", "person", storages.remove_storage),
    Rule("POST", API + "/storages/{id}/scan", "person", storages.scan_storage),
    Rule("POST", API + "/storages/{id}/unwithdraw", "person", storages.release_storage),
    Rule("POST", API + "/storages/{id}/reconnect", "person", storages.reconnect_storage),
    Rule("GET", API + "/storages/{id}/problems", "person", storages.list_problems),
    Rule("GET", API + "/storages/{id}/files", "person", files.list_files),
    Rule("POST", API + "/storages/{id}/files", "person", files.make_folder),
    Rule("GET", API + "/storages/{id}/files/{path:path}", "person", files.list_files),
    Rule("PUT", API + "/storages/{id}/files/{path:path}", "person", files.put_file, streams=True),
    Rule("PATCH", API + "/storages/{id}/files/{path:path}", "person", files.move_file),
    Rule("DELETE", API + "/storages/{id}/files/{path:path}", "person", files.delete_file),
    Rule("GET", API + "/problems", "person", problems.list_problems),
    Rule("POST", API + "/problems/{id}/again", "person", problems.try_again),
    Rule("DELETE", API + "/problems/{id}", "person", problems.dismiss_problem),
    Rule("GET", API + "/trash", "person", trash.list_trash),
    Rule("DELETE", API + "/trash", "person", trash.empty_trash),
    Rule("POST", API + "/trash/{id}/restore", "person", trash.restore),
    Rule("DELETE", API + "/trash/{id}", "person", trash.delete),
    Rule("OPTIONS", API + "/uploads", "person", uploads.options, "write"),
    Rule("GET", API + "/uploads", "person", uploads.list_uploads),
    Rule("POST", API + "/uploads", "person", uploads.begin, "write", streams=True),
    Rule("HEAD", API + "/uploads/{id}", "person", uploads.show, "write"),
    Rule("PATCH", API + "/uploads/{id}", "person", uploads.append, "write", streams=True),
    Rule("DELETE", API + "/uploads/{id}", "person", uploads.drop, "write"),
    Rule("POST", API + "/downloads", "person", downloads.download, "read"),
    Rule("POST", API + "/shares/{id}/pause", "person", links.pause_link),
    Rule("POST", API + "/shares/{id}/renew", "person", links.renew_link),
    Rule("GET", API + "/jobs", "person", jobs.list_jobs),
    Rule("POST", API + "/jobs/{id}/stop", "person", jobs.stop_job),
    Rule("GET", API + "/sessions", "person", sessions.list_sessions, "credentials"),
    Rule("DELETE", API + "/sessions/{id}", "person", sessions.revoke_session, "credentials"),
    Rule("GET", API + "/tokens", "person", sessions.list_tokens, "credentials"),
    Rule("POST", API + "/tokens", "person", sessions.create_token, "credentials"),
    Rule("DELETE", API + "/tokens/{id}", "person", sessions.revoke_token, "credentials"),
    Rule("GET", API + "/users", "admin", users.list_users, "admin"),
    Rule("PATCH", API + "/users/{id}", "admin", users.edit_user, "admin"),
    Rule("POST", API + "/invitations", "admin", users.create_invitation, "admin"),
    Rule("GET", API + "/stream", "person", stream.open_stream),
    Rule("GET", "/healthz", "public", health.healthz),
    Rule("GET", "/metrics", "public", health.metrics),
)

RENDITION = Rule("GET", API + "/items/{id}/rendition/{size}", "person", media.rendition)
"""Answers like the others, but waits for a rendition that is still being made."""


def described() -> tuple[Rule, ...]:
    """The rules that the API's description tells of."""
    return (*RESOURCES, RENDITION)


@cache
def routes() -> tuple[BaseRoute, ...]:
    """The routes as Starlette takes them: the same for every application."""
    found: list[BaseRoute] = [
        _route(r, (page_with_files if r.streams else page)(r.handler, r.policy))
        for r in (*PAGES, *VISITS, *DROPS)
    ]
    found += [_route(r, _resource(r)) for r in (*VISIT_MEDIA, *DROP_UPLOADS)]
    found.append(_route(VISIT_RENDITION, media.rendition_endpoint("guest", guests.rendition)))
    found += [_route(r, _resource(r)) for r in RESOURCES]
    found.append(
        Route(
            RENDITION.path, media.rendition_endpoint("person"), methods=["GET"], name=f"GET {RENDITION.path}"
        )
    )
    found.append(Mount("/static", Static()))
    return tuple(found)


def _resource(rule: Rule) -> Endpoint:
    answer = (api_with_body if rule.streams else api)(rule.handler, rule.policy, rule.scope)
    if rule.path.partition("/{id}")[0].endswith("/uploads"):
        return uploads.tus(answer)
    waits = rule.handler in {media.original, guests.original}
    return media.waiting_endpoint(answer) if waits else answer


def _route(rule: Rule, endpoint: Endpoint) -> Route:
    return Route(rule.path, endpoint, methods=[rule.method], name=f"{rule.method} {rule.path}")
