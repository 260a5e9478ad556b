"""Flag values that are unlike the values before them."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from allause.models import Anomaly
from allause_analytics.series import Array

_CHUNK = 2_048  # windows held in memory at once
_FLOOR = 1e-9  # a spread below a ten-millionth of a percent is none
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution, as is the next
_MEAN_TO_DEVIATION = 1.2533


def find_anomalies(values: Array, *, window: int, history: int, threshold: float) -> tuple[Anomaly, ...]:
    """Flag each value that lies more than ``threshold`` robust standard deviations from the median before it.

    Only the at most ``window`` and at least ``history`` preceding values are looked at, never a later one. An
    alarm is not repeated while the values stay out.
    """
    scores = _scores(values, window, history)
    out = scores > threshold
    begins = out & ~np.concatenate(([False], out[:-1]))
    return tuple(
        Anomaly(index=int(index), value=float(values[index]), score=float(scores[index]))
        for index in np.flatnonzero(begins)
    )


def _scores(values: Array, window: int, history: int) -> Array:
    scores = np.zeros(len(values))
    for index in range(history, min(window, len(values))):
        scores[index] = _distance(values[np.newaxis, :index], values[index : index + 1])[0]
    if len(values) > window:
        past = sliding_window_view(values, window)[:-1]
        for begin in range(0, len(past), _CHUNK):
            chunk = past[begin : begin + _CHUNK]
            first = window + begin
            scores[first : first + len(chunk)] = _distance(chunk, values[first : first + len(chunk)])
    return scores


def _distance(past: Array, values: Array) -> Array:
    """Return how far each value is from the median of its row, in robust standard deviations of the row.

    The deviation is that of the median absolute deviation; where more than half of the row is equal, that of
    the mean absolute deviation.
    """
    centre = np.median(past, axis=1)
    distances = np.abs(past - centre[:, np.newaxis])
    spread = _MAD_TO_DEVIATION * np.median(distances, axis=1)
    fallback = np.maximum(_MEAN_TO_DEVIATION * distances.mean(axis=1), _FLOOR)
    found: Array = np.abs(values - centre) / np.where(spread > _FLOOR, spread, fallback)
    return found
