"""The count of streams: no more and no fewer than there are, from however many threads."""

import threading

from services.traffic import Traffic


def test_what_ends_is_not_open_any_more() -> None:
    traffic = Traffic()
    for _ in range(3):
        traffic.opened()
    traffic.closed(is_cut=False)
    assert (traffic.running, traffic.cut) == (2, 0)
    traffic.closed(is_cut=True)
    assert (traffic.running, traffic.cut) == (1, 1)


def test_from_many_threads() -> None:
    traffic = Traffic()

    def pass_by() -> None:
        for n in range(1000):
            traffic.opened()
            traffic.closed(is_cut=n % 2 == 0)

    threads = [threading.Thread(target=pass_by) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (traffic.running, traffic.cut) == (0, 4000)
