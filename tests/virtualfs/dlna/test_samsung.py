"""Samsung's categories are our containers, in the letters and in the numbers that their sets say."""

import pytest

from virtualfs.dlna.places import TOP, Spot
from virtualfs.dlna.samsung import container_of


@pytest.mark.parametrize(
    ("category", "spot"),
    [
        ("14", Spot("p")),
        ("I", Spot("p")),
        ("22", Spot("a")),
        ("A", Spot("a")),
        ("32", Spot("v")),
        (" V\n", Spot("v")),
    ],
)
def test_a_category_is_a_container(category: str, spot: Spot) -> None:
    assert container_of(category) == spot


@pytest.mark.parametrize("category", ["", "1", "i", "p", "١٤", "1" * 5000])
def test_another_is_the_top(category: str) -> None:
    assert container_of(category) == TOP
