"""How much somebody has under way at once: counted for each, and never lost."""

import threading
from dataclasses import replace

import pytest

from services.slots import Slots, TooMany, who_of
from services.viewers import Viewer


def test_slots_are_counted_by_person() -> None:
    slots = Slots(2, "uploads")
    slots.take(1)
    slots.take(1)
    slots.take(2)
    with pytest.raises(TooMany, match="2 uploads are running already") as refused:
        slots.take(1)
    assert refused.value.retry_after == 5
    slots.give_back(1)
    slots.take(1)


def test_many_threads_get_no_more_than_there_are() -> None:
    slots, got, start = Slots(8), [], threading.Barrier(16)

    def ask() -> None:
        start.wait(30)
        for _ in range(50):
            try:
                slots.take("anna")
            except TooMany:
                continue
            got.append(1)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8


def test_guests_and_screens_are_no_user_and_not_one_another() -> None:
    nobody = Viewer(0, "", "")
    guests = [replace(nobody, kind="guest", guest_id=n) for n in (1, 2)]
    everybody = [*guests, replace(nobody, kind="screen", screen_id=1), Viewer(1, "anna", "Anna")]
    assert len({who_of(viewer) for viewer in everybody}) == 4
    assert who_of(everybody[-1]) == who_of(replace(everybody[-1], display="Anna B."))
