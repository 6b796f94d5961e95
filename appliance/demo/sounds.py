"""Sounds of the album: a music box, a waltz and the sea, synthesised and encoded with tags."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream

from appliance.demo.album import Tune

Wave = npt.NDArray[np.floating[Any]]

RATE = 48_000
_CODECS = {".flac": ("flac", "s16"), ".mp3": ("libmp3lame", "fltp"), ".ogg": ("libopus", "flt")}


def draw_tune(folder: Path, tune: Tune, detail: float) -> None:
    """Play a tune into its file; `detail` below 1 makes it shorter."""
    seconds = max(1.0, tune.seconds * detail)
    wave = STYLES[tune.style](np.random.default_rng(tune.seed), seconds)
    wave *= 0.7 / max(float(np.abs(wave).max()), 1e-6)
    edge = np.clip(np.minimum(np.arange(wave.shape[1]), np.arange(wave.shape[1])[::-1]) / (RATE * 0.4), 0, 1)
    _write(folder / tune.path, (wave * edge).astype(np.float32), tune)


def _write(target: Path, wave: Wave, tune: Tune) -> None:
    codec, layout = _CODECS[target.suffix]
    with av.open(str(target), "w", options={"fflags": "+bitexact"}) as container:
        container.metadata.update(
            {"title": tune.title, "artist": tune.artist, "album": tune.album, "date": tune.taken[:10]}
        )
        stream = cast(AudioStream, container.add_stream(codec, rate=RATE, layout="stereo", format=layout))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wave), format="fltp", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _tone(
    wave: Wave, at: float, pitch: float, length: float, loud: float, side: float, partials: Wave
) -> None:
    """Add a struck tone: partials that fade the faster the higher they are; `pitch` in semitones from A4."""
    start = int(at * RATE)
    count = min(int(length * RATE), wave.shape[1] - start)
    if count <= 0:
        return
    time = np.arange(count, dtype=np.float32) / RATE
    hertz = 440 * 2 ** (pitch / 12)
    sound = np.zeros(count, np.float32)
    for number, strength in enumerate(partials, 1):
        sound += (
            strength
            * np.sin(2 * np.pi * hertz * number * 1.0007**number * time)
            * np.exp(-time * number * 3 / length)
        )
    sound *= loud * np.clip(time * 200, 0, 1)
    wave[0, start : start + count] += sound * (1 - side)
    wave[1, start : start + count] += sound * side


def _music_box(rng: np.random.Generator, seconds: float) -> Wave:
    """A walk over five tones, with a slow bass below it."""
    wave = np.zeros((2, int(seconds * RATE)), np.float32)
    scale, bell = [3, 5, 7, 10, 12, 15, 17, 19, 22, 24], np.array([1, 0.5, 0.12, 0.2, 0.05], np.float32)
    step = 4
    for beat in range(int(seconds / 0.3)):
        if rng.random() < 0.82:
            step = int(np.clip(step + rng.integers(-2, 3), 0, len(scale) - 1))
            _tone(wave, beat * 0.3, scale[step], 1.8, 0.5, float(rng.uniform(0.35, 0.65)), bell)
        if beat % 4 == 0:
            _tone(wave, beat * 0.3, [-9, -2, -5, -7][beat // 4 % 4], 2.4, 0.45, 0.5, bell)
    return wave


def _waltz(rng: np.random.Generator, seconds: float) -> Wave:
    """Bass and two chords a bar, a melody of chord tones over them."""
    wave = np.zeros((2, int(seconds * RATE)), np.float32)
    string = np.array([1, 0.6, 0.35, 0.2, 0.12, 0.08], np.float32)
    chords = [(-9, 0, 3, 7), (-2, 2, 5, 10), (-5, -2, 3, 7), (-4, 0, 3, 8)]
    beat = 0.38
    for bar in range(int(seconds / (3 * beat))):
        root, *tones = chords[bar % 4]
        _tone(wave, bar * 3 * beat, root - 12, 1.2, 0.6, 0.5, string)
        for pulse in (1, 2):
            for index, tone in enumerate(tones):
                _tone(wave, (bar * 3 + pulse) * beat, tone, 0.5, 0.16, 0.3 + 0.2 * index, string)
        for pulse in range(3):
            if rng.random() < 0.8:
                tone = int(rng.choice(tones)) + 12
                _tone(wave, (bar * 3 + pulse) * beat, tone, 1.0, 0.42, 0.55, string)
    return wave


def _sea(rng: np.random.Generator, seconds: float) -> Wave:
    """Waves that come and go: soft noise, each breaker brighter as it falls."""
    count = int(seconds * RATE)
    time = np.arange(count, dtype=np.float32) / RATE
    wave = np.zeros((2, count), np.float32)
    for side in range(2):
        noise = rng.standard_normal(count).astype(np.float32)
        spectrum = np.fft.rfft(noise)
        hertz = np.fft.rfftfreq(count, 1 / RATE)
        low = np.fft.irfft(spectrum / (1 + (hertz / 250) ** 2), count)
        high = np.fft.irfft(spectrum * (hertz / 900) / (1 + (hertz / 1400) ** 2), count)
        swell = np.zeros(count, np.float32)
        at = -1.0
        while at < seconds:
            swell += np.exp(-(((time - at) / (1.1 + 0.3 * (time > at))) ** 2)) * float(rng.uniform(0.6, 1))
            at += float(rng.uniform(2.6, 3.6))
        wave[side] = 0.5 * low * (0.4 + swell) + 0.5 * high * swell**2
    return wave


STYLES: Mapping[str, Callable[[np.random.Generator, float], Wave]] = MappingProxyType(
    {"box": _music_box, "waltz": _waltz, "waves": _sea}
)
