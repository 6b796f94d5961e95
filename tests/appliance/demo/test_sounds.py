from pathlib import Path

import av
import numpy as np
import pytest

from appliance.demo.album import TUNES, Tune
from appliance.demo.sounds import RATE, STYLES


@pytest.mark.parametrize("tune", TUNES, ids=lambda tune: tune.style)
def test_tunes_sound_and_carry_their_tags(household: Path, tune: Tune) -> None:
    with av.open(str(household / tune.path)) as container:
        (stream,) = container.streams.audio
        tags = dict(container.metadata) | dict(stream.metadata)
        sound = np.concatenate(
            [frame.to_ndarray().astype(np.float64).ravel() for frame in container.decode(stream)]
        )
    assert tags["title"] == tune.title
    assert tags["artist"] == tune.artist
    loudest = float(np.abs(sound).max())
    assert loudest > 0.2 if loudest <= 1.5 else loudest > 6000
    assert sound.size > RATE


@pytest.mark.parametrize("style", sorted(STYLES))
def test_the_same_seed_plays_the_same(style: str) -> None:
    plays = [STYLES[style](np.random.default_rng(seed), 1.5) for seed in (1, 1, 2)]
    assert plays[0].shape == (2, int(1.5 * RATE))
    assert np.array_equal(plays[0], plays[1])
    assert not np.array_equal(plays[0], plays[2])
