"""Wide gamut and high dynamic range by their code points (checklist rows 17 and 18)."""

import numpy as np
import pytest
from PIL import Image

from services.media.tone import ADOBE_RGB as ADOBE_CODING
from services.media.tone import HLG, PQ, Coding, to_srgb
from tests.services.media.pixel_samples import ADOBE_RGB, DISPLAY_P3, delta_e, signal_in

BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
COLOURS = np.array([(200, 60, 60), (60, 190, 80), (60, 70, 200), (128, 128, 128), (240, 200, 170)]) / 255


def shown(signal: np.ndarray, coding: Coding) -> np.ndarray:
    image = to_srgb(signal[None].astype(np.float32), coding)
    assert isinstance(image, Image.Image)
    return np.asarray(image)[0] / 255


@pytest.mark.parametrize(
    ("primaries", "gamma", "coding"),
    [(DISPLAY_P3, None, Coding(12, 13)), (BT2020, None, Coding(9, 1)), (ADOBE_RGB, 563 / 256, ADOBE_CODING)],
)
def test_row_18_wide_gamut_is_brought_to_srgb(
    primaries: tuple[tuple[float, float], ...], gamma: float | None, coding: Coding
) -> None:
    assert coding.is_foreign
    assert delta_e(shown(signal_in(primaries, COLOURS, gamma), coding), COLOURS) < 2


@pytest.mark.parametrize("coding", [Coding(1, 13), Coding(1, 1), Coding(2, 2), Coding(5, 6)])
def test_usual_codings_are_left_alone(coding: Coding) -> None:
    assert not coding.is_foreign


def pq_signal(nits: np.ndarray) -> np.ndarray:
    power = (nits / 10_000) ** (2610 / 16384)
    return ((3424 / 4096 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg_signal(scene: np.ndarray) -> np.ndarray:
    log = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), log)


def grey(values: np.ndarray) -> np.ndarray:
    return values[:, None].repeat(3, axis=1)


def test_row_17_pq_keeps_middle_tones_and_rolls_off_highlights() -> None:
    nits = np.array([0.0, 5.0, 26.0, 100.0, 203.0, 1000.0, 10_000.0])
    tones = shown(grey(pq_signal(nits)), Coding(9, PQ))[:, 0]
    light = nits[:4] / 203
    expected = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(tones[:4] - expected).max() < 0.02, "below the knee as on any screen"
    assert (np.diff(tones[:6]) > 0).all(), "brighter stays brighter"
    assert 0.88 < tones[4] < 0.97, "reference white is bright, not grey as without tone mapping"
    assert tones[6] == pytest.approx(1, abs=0.01)


def test_row_17_hlg_reference_white_and_black() -> None:
    tones = shown(grey(np.array([0.0, 0.5, 0.75, 1.0])), Coding(9, HLG))[:, 0]
    assert tones[0] == pytest.approx(0, abs=0.01)
    assert 0.4 < tones[1] < 0.65
    assert 0.85 < tones[2] < 0.97, "75 % is reference white (BT.2408)"
    assert tones[3] > tones[2]


def test_row_17_colours_of_hdr_keep_their_hue() -> None:
    light = np.array([[0.5, 0.05, 0.05], [0.05, 0.4, 0.05]]) @ np.array([
        [0.6274, 0.0691, 0.0164], [0.3293, 0.9195, 0.0880], [0.0433, 0.0114, 0.8956],
    ])  # BT.709 to BT.2020 (ITU-R BT.2087), as columns  # fmt: skip
    red, green = shown(pq_signal(light * 203), Coding(9, PQ))
    assert red[0] > 0.6 > 0.35 > red[1]
    assert green[1] > 0.6 > 0.35 > green[0]


def test_row_17_untouched_hdr_would_look_washed_out() -> None:
    """What the tone mapping is for: the bare signal of a deep shadow is a middle grey, of white a dull one."""
    shadow, white = pq_signal(np.array([2.0, 203.0]))
    mapped = shown(grey(np.array([shadow, white])), Coding(9, PQ))[:, 0]
    assert mapped[0] < shadow - 0.05
    assert mapped[1] > white + 0.3


def test_hlg_signal_is_the_inverse_used_here() -> None:
    assert hlg_signal(np.array([1 / 12])) == pytest.approx(0.5)
    assert hlg_signal(np.array([1.0])) == pytest.approx(1.0, abs=1e-4)
