"""Which gap could these actors have shown? Power before anybody says "balanced".

Source: the two-sample t test between actor means, noncentral t distribution; Cohen (1988), chapter 2.
Lesson: 07_gender_bias.
"""

import numpy as np

from ..errors import BadTable

ALPHA = 0.05
POWER = 0.80


def power_of_gap(gap_points, *, sd_points, n_women, n_men, alpha=ALPHA):
    """Chance to find a gap of this size between the means of the actors of each gender.

    Parameters
    ----------
    gap_points : float, true gap in percentage points
    sd_points : float or (women, men), standard deviation between the actors' values, in points
    n_women, n_men : int >= 2, actors
    alpha : float in (0, 1), two-sided

    Returns
    -------
    float in [alpha, 1]

    Raises
    ------
    BadTable : fewer than two actors of a gender, or a negative spread

    Lesson: 07_gender_bias.
    """
    from scipy import stats

    error, degrees = standard_error(sd_points, n_women, n_men)
    if error == 0:
        return 1.0 if gap_points else alpha
    critical = stats.t.ppf(1 - alpha / 2, degrees)
    shift = abs(gap_points) / error
    upper, lower = stats.nct.sf(critical, degrees, shift), stats.nct.cdf(-critical, degrees, shift)
    return float(np.nan_to_num(upper) + np.nan_to_num(lower))


def standard_error(sd_points, n_women, n_men):
    """Standard error of a difference of two means of actors, and Welch's degrees of freedom."""
    sd = np.broadcast_to(np.asarray(sd_points, dtype=float), (2,))
    if min(n_women, n_men) < 2 or not (np.isfinite(sd).all() and (sd >= 0).all()):
        raise BadTable("Power needs at least two actors of each gender and a spread that is not negative.")
    sizes = np.array([n_women, n_men], dtype=float)
    parts = sd**2 / sizes
    if parts.sum() == 0:
        return 0.0, float(sizes.sum() - 2)
    return float(np.sqrt(parts.sum())), float(parts.sum() ** 2 / (parts**2 / (sizes - 1)).sum())


def minimal_detectable_gap(*, sd_points, n_women, n_men, power=POWER, alpha=ALPHA):
    """The smallest true gap (points) that is found with the given power; parameters as in `power_of_gap`.

    With an actor standard deviation of 10 points and 12 + 12 actors it is 12.0 points. Lesson: 07_gender_bias.
    """
    from scipy import optimize

    error, _ = standard_error(sd_points, n_women, n_men)
    if error == 0:
        return 0.0
    options = {"sd_points": sd_points, "n_women": n_women, "n_men": n_men, "alpha": alpha}
    top = error
    while power_of_gap(top, **options) < power:
        top *= 2
    return float(optimize.brentq(lambda gap: power_of_gap(gap, **options) - power, 0, top))


def actors_needed(gap_points, *, sd_points, power=POWER, alpha=ALPHA, limit=100_000):
    """How many actors of each gender would show a gap of this size; None above `limit`. Lesson: 07_gender_bias."""
    low, high = 2, limit
    options = {"sd_points": sd_points, "alpha": alpha}
    if gap_points == 0 or power_of_gap(gap_points, n_women=limit, n_men=limit, **options) < power:
        return None
    while low < high:
        middle = (low + high) // 2
        if power_of_gap(gap_points, n_women=middle, n_men=middle, **options) >= power:
            high = middle
        else:
            low = middle + 1
    return low
