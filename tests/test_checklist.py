"""The details that experts check first, and the tests that show each: none may be renamed away unnoticed.

A line is a detail, then the tests by file (below `tests/`) and the names of functions in it.
"""

import ast
from functools import cache

import pytest

from tests.tree import ROOT

MEDIA, SCAN, CATALOGUE = "services/media/test_", "services/scanning/test_", "services/catalogue/test_"

Shown = dict[str, list[str]]

CHECKLIST: dict[str, Shown] = {
    "orientation 1 to 8 of JPEG, TIFF, PNG, WebP; sizes after turning; original bytes untouched": {
        f"{MEDIA}images.py": ["row_1_exif_orientation_is_followed", "row_1_also_when_the_picture_is_scaled_down"],
        f"{MEDIA}metadata.py": ["sizes_are_upright"],
        "flows/test_main_job.py": ["from_a_folder_to_drive_and_page"],
    },
    "HEIC and AVIF: the container's turn alone": {
        f"{MEDIA}images.py": [
            "row_2_the_containers_turn_is_followed_once",
            "row_2_exif_orientation_without_a_turn_of_the_container_is_ignored",
        ],
        f"{MEDIA}metadata.py": ["the_container_of_a_heic_wins_over_its_exif", "avif_orientation_is_the_containers_too"],
    },
    "rotation of videos": {
        f"{MEDIA}poster.py": ["row_3_the_display_matrix_is_followed", "row_3_the_sign_trap"],
        f"{MEDIA}containers.py": ["rotation_is_clockwise_and_sizes_are_upright"],
        f"{MEDIA}metadata.py": ["a_turned_video_is_upright"],
    },
    "the time taken, as local time there": {
        f"{MEDIA}metadata.py": ["the_wall_clock_is_kept_with_its_offset"],
        "web/pages/test_item.py": ["row_4_the_local_time_there_is_shown_and_whether_it_is_a_guess"],
    },
    "the order of offsets, OffsetTime never": {
        f"{MEDIA}dates.py": [
            "the_offset_of_the_date_itself_comes_first",
            "then_an_offset_that_another_source_writes_with_the_same_wall_clock",
            "then_satellite_time", "then_the_zone_of_the_position_before_the_owners",
            "last_the_owners_zone_marked_as_guessed",
        ],
        f"{MEDIA}metadata.py": [
            "offset_time_never_counts", "the_offset_of_xmp_then_of_satellites", "then_the_zone_of_the_position",
        ],
    },
    "the order of dates": {
        f"{MEDIA}dates.py": ["the_order_of_sources", "a_mere_day_takes_the_time_of_another_source_on_that_day"],
        f"{MEDIA}metadata.py": [
            "dates_from_the_sidecar_down_to_the_time_of_last_change", "whatsapp_keeps_the_time_of_the_same_day",
            "takeout_comes_before_the_name",
        ],
    },
    "the header of a video is UTC, its guess is shown": {
        f"{MEDIA}dates.py": ["a_video_header_is_utc_and_the_guess_is_shown", "keys_with_offset_beat_the_header"],
        f"{MEDIA}metadata.py": ["a_video_header_is_utc_shown_in_the_owners_zone", "keys_beat_the_header"],
        f"{CATALOGUE}cameras.py": ["it_holds_for_what_is_there_and_for_what_comes_and_is_taken_back"],
        "web/pages/test_settings.py": ["row_7_a_cameras_videos_say_local_time"],
    },
    "impossible, ancient and future dates": {
        f"{MEDIA}dates.py": ["impossible_dates_are_missing_and_never_an_error", "suspect_dates_are_kept_and_marked"],
        f"{MEDIA}metadata.py": ["epochs_are_missing_in_pictures_and_films", "ancient_and_future_dates_are_suspect"],
        "web/pages/test_item.py": ["row_8_a_date_that_cannot_be_is_shown_as_such"],
    },
    "positions: 0,0 and 0/0 are none, below the sea, none in the file is said": {
        f"{MEDIA}exif.py": ["what_is_no_position", "seconds_that_are_zero_by_zero_count_as_none"],
        f"{MEDIA}metadata.py": ["positions"],
        f"{MEDIA}containers.py": ["positions_that_are_none"],
        "web/pages/test_item.py": ["row_10_a_file_without_a_location_says_so"],
    },
    "XMP sidecars": {
        f"{MEDIA}companions.py": ["the_sidecar_of_the_whole_name_comes_first", "orphans_are_in_no_pair"],
        f"{MEDIA}metadata.py": ["a_sidecar_wins_field_by_field"],
        f"{MEDIA}xmp.py": [
            "faces_are_counted_whoever_marked_them", "the_names_at_faces_however_they_are_written",
            "the_leaves_of_a_hierarchy_are_keywords",
        ],
        f"{CATALOGUE}search.py": ["names_at_faces_are_found_by_their_owner_alone"],
        "web/pages/test_item.py": ["row_11_people_are_named_for_the_owner"],
        f"{SCAN}scanner.py": ["a_sidecar_that_comes_late_is_read_with_its_picture"],
    },
    "Live Photos": {
        f"{MEDIA}grouping.py": [
            "live_photo_by_identifier_whatever_the_names", "half_a_live_photo_is_still_shown",
            "a_mov_whose_bytes_are_a_heic_is_a_plain_photo",
        ],
        f"{MEDIA}apple.py": ["identifiers_are_whole"],
        f"{SCAN}grouping.py": ["the_video_half_alone_is_shown_when_the_picture_is_gone"],
    },
    "motion photos, by range": {
        f"{MEDIA}motion.py": [
            "the_container_counts_from_the_end", "the_older_offset_counts_from_the_end", "the_box_of_a_heic",
            "the_trailer_of_samsung",
        ],
        "web/test_media.py": ["row_13_the_video_in_a_motion_photo_is_a_range_of_it"],
    },
    "bursts": {
        f"{MEDIA}bursts.py": [
            "frames_with_the_identifier_of_the_camera", "frames_by_name", "shots_in_a_row_by_time_alone",
            "the_cover_is_the_marked_then_the_rated_then_the_sharpest_frame",
        ],
        f"{SCAN}scanner.py": ["a_burst_shares_a_stack_with_one_cover"],
        f"{SCAN}grouping.py": ["the_sharpest_frame_of_a_burst_is_in_front"],
    },
    "RAW and JPEG": {
        f"{MEDIA}grouping.py": [
            "raw_and_jpeg_are_one_item_with_the_jpeg_in_front", "pixel_phones_mark_the_two_differently",
            "what_a_person_took_apart_stays_apart",
        ],
        f"{SCAN}scanner.py": ["live_photo_raw_and_sidecar_become_one_item"],
        f"{SCAN}parting.py": ["two_items_and_one_again", "it_is_remembered_across_rescans_moves_and_new_metadata"],
        "web/pages/test_item.py": ["row_15_a_raw_and_its_picture_are_taken_apart_and_put_together"],
    },
    "edited versions": {
        f"{MEDIA}grouping.py": ["an_edit_is_a_version_and_the_cover", "a_copy_keeps_the_original_as_cover"],
        f"{MEDIA}companions.py": ["adjustments_of_ios"],
    },
    "high dynamic range": {
        f"{MEDIA}tone.py": ["row_17_pq_keeps_middle_tones_and_rolls_off_highlights"],
        f"{MEDIA}poster.py": ["row_17_high_dynamic_range_is_tone_mapped"],
    },
    "colour profiles": {
        f"{MEDIA}images.py": ["row_18_cmyk_jpeg_is_not_shown_inverted"],
        f"{MEDIA}colour.py": ["row_18_pictures_with_a_profile_become_srgb", "row_18_display_p3_of_phones"],
        f"{MEDIA}tone.py": ["row_18_wide_gamut_is_brought_to_srgb"],
    },
    "animations": {
        f"{MEDIA}reading.py": ["row_19_an_animation_is_marked_and_shown_by_its_first_frame"],
        f"{MEDIA}images.py": ["row_19_a_gif_with_very_many_frames_costs_no_more_than_one"],
        "web/pages/test_item.py": ["row_19_an_animation_plays_as_it_is"],
    },
    "duration, rate, codec; what the browser cannot play": {
        f"{MEDIA}containers.py": ["duration_rate_and_codec", "the_index_may_lie_at_the_end_or_the_front"],
        "web/browser/test_item.py": ["what_the_browser_cannot_play_is_said"],
    },
    "panoramas, gain maps": {
        f"{MEDIA}metadata.py": ["panoramas_and_gain_maps"],
        "web/pages/test_item.py": ["row_21_a_panorama_is_named"],
    },
    "damaged, empty, still being written, never looked at": {
        f"{MEDIA}reading.py": ["row_22_an_empty_file_is_damaged", "row_22_a_truncated_photo_is_damaged_and_shown"],
        f"{MEDIA}skip.py": ["these_are_skipped", "unfinished_files_are_told_from_hidden_ones"],
        f"{SCAN}scanner.py": [
            "a_file_that_is_still_being_written_waits",
            "a_file_that_kills_its_decoder_is_quarantined_after_the_second_time",
        ],
    },
    "bombs": {
        f"{MEDIA}pool.py": ["row_23_bombs_are_refused_and_the_child_lives", "row_23_a_hung_child_is_ended"],
        f"{MEDIA}reading.py": ["row_23_a_bomb_is_refused", "row_23_markup_under_a_photos_name_is_no_photo"],
        f"{MEDIA}poster.py": ["row_23_an_endless_film_without_key_frames_is_given_up"],
        f"{MEDIA}exif.py": ["counts_that_lead_nowhere_end_soon"],
        "flows/test_bad_input.py": ["each_is_told_and_all_can_be_had"],
    },
    "names of any bytes": {
        "virtualfs/test_names.py": ["hostile_names_are_legal_on_every_client", "a_name_is_asked_in_any_form"],
        "virtualfs/test_storages.py": ["unicode_twins"],
        "virtualfs/dav/test_propfind.py": ["a_hostile_name_is_listed_found_and_read"],
        "flows/test_bad_input.py": ["each_is_told_and_all_can_be_had"],
    },
    "the same bytes at many places, and never across owners": {
        f"{SCAN}scanner.py": ["equal_bytes_of_two_owners_stay_two_items"],
        f"{CATALOGUE}recording.py": ["a_hash_of_somebody_else_is_never_met"],
        "virtualfs/test_library.py": ["the_same_bytes_at_two_places_are_one_entry"],
    },
    "an edit of metadata keeps the item": {
        f"{MEDIA}hashing.py": ["row_28_metadata_and_what_is_appended_do_not_change_the_scan_hash"],
        f"{SCAN}scanner.py": ["a_changed_tag_keeps_its_item_by_the_scan_hash"],
    },
    "a storage that is away: greyed, previews work, nothing deleted, waiting as told": {
        f"{SCAN}scanner.py": ["a_storage_that_is_away_is_offline_and_nothing_else"],
        "web/test_media.py": [
            "a_storage_that_is_away_says_when_to_come_back", "row_29_previews_are_there_while_the_storage_is_not",
        ],
        "services/jobs/test_running.py": ["a_storage_says_how_long_to_wait"],
    },
    "travelling in time": {
        f"{MEDIA}dates.py": [
            "the_hour_that_summer_time_skips_and_the_one_it_repeats", "the_day_that_samoa_skipped",
            "new_year_is_where_it_was_celebrated", "on_this_day_remembers_the_29th_of_february",
        ],
    },
    "Takeout": {
        f"{MEDIA}companions.py": ["takeout_cuts_names_and_moves_numbers", "each_copy_has_its_own_json"],
        f"{MEDIA}takeout.py": ["date_position_and_words"],
        f"{SCAN}reading.py": ["the_reader_gets_the_files_companions_and_nobody_elses"],
    },
    "bad input: a full disk, a vanishing folder, settings, ports, passwords": {
        f"{SCAN}scanner.py": [
            "a_full_disk_stops_the_scan_with_words", "a_folder_that_vanishes_during_the_scan_is_no_error",
        ],
        f"{MEDIA}rendition_store.py": ["a_full_disk_is_told_and_leaves_nothing"],
        "appliance/test_cli.py": [
            "an_unknown_setting_is_78", "a_port_in_use_is_one_clear_line", "a_data_directory_that_cannot_be_written",
        ],
        "web/pages/test_sign_in.py": ["a_wrong_one_keeps_the_name_and_says_no_more"],
    },
}  # fmt: skip


@cache
def functions_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("detail", CHECKLIST)
def test_each_detail_has_its_tests(detail: str) -> None:
    named = [(path, f"test_{name}") for path, names in CHECKLIST[detail].items() for name in names]
    assert named
    assert [(path, name) for path, name in named if name not in functions_in(path)] == []
