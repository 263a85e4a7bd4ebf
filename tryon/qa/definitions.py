"""Every measure: its identifier, unit, which way is better, its formula and where that comes from.

``docs/measures.md`` explains them for readers; ``tests/test_qa_definitions.py`` holds the two together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tryon.qa.results import Definition

_SAVGOL: Final = "Savitzky and Golay, Analytical Chemistry 1964: local cubic fits"
_CIEDE2000: Final = "CIEDE2000: Sharma, Wu and Dalal, Color Research and Application 2005"
_LUCAS_KANADE: Final = "Lucas and Kanade 1981; pyramids: Bouguet 2000"
_SSIM: Final = "Wang, Bovik, Sheikh and Simoncelli, IEEE Transactions on Image Processing 2004"

_ALL: Final = (
    # Detection
    Definition(
        "detect.rate", "Frames with a face", "%", "higher",
        "Frames in which a face was found over the frames in which there is one; every frame where no truth lies "
        "beside the clip.",
    ),
    Definition(
        "detect.losses", "Losses", "1", "lower",
        "How many times a face that had been found was not found in the next frame though there is one.", pool="worst",
    ),
    Definition(
        "detect.longest_loss_ms", "Longest loss", "ms", "lower",
        "The longest time from the first frame without a face that had been found to the first that has one again, or "
        "to the take's end; 0 where none is lost. With truth, time in which there is no face does not count.",
        pool="worst",
    ),
    Definition(
        "detect.reacquire_ms", "Time to find a face again", "ms", "lower",
        "The median length of the losses that ended; with truth, a face that left the picture and came back is lost "
        "from the frame in which it is there again until it is found.",
    ),
    Definition(
        "detect.false_percent", "Faces where there is none", "%", "lower",
        "With truth: frames in which a face was reported over the frames in which there is none.",
    ),
    # Steadiness
    Definition(
        "jitter.corner_px", "Tremble of a frame's corners", "px", "lower",
        "Root mean square, over frames and the four corners of a frame's front, of the distance from a cubic fitted "
        "over a third of a second around each frame, divided by √(1 − leverage) so that white noise counts in full.",
        _SAVGOL, "rms",
    ),
    Definition(
        "jitter.corner_ipd_percent", "Tremble of a frame's corners", "% of IPD", "lower",
        "jitter.corner_px over the median distance of the pupils in the picture.", _SAVGOL, "rms",
    ),
    Definition(
        "jitter.lips_px", "Tremble of the lips' outline", "px", "lower",
        "As jitter.corner_px, of the mouth's corners and the middles of its outline; quick speech counts, too.",
        _SAVGOL, "rms",
    ),
    Definition(
        "jitter.raw_px", "Tremble before the filters", "px", "neither",
        "As jitter.corner_px, through the unfiltered pose: what the filters were given.", _SAVGOL, "rms",
    ),
    Definition(
        "jitter.truth_px", "Tremble against the truth", "px", "lower",
        "As jitter.corner_px, of the corners' distance from where the true pose puts them: no motion is left in it.",
        _SAVGOL, "rms",
    ),
    Definition(
        "flicker.mean", "Normalised mean flicker", "% of IPD", "lower",
        "Mean, over frames and the named points of the face, of the change from frame to frame of the distance vector "
        "to the local cubic, over the distance of the pupils.",
        "Normalised mean jitter of Micaelli, Vahdat, Yin, Kautz and Molchanov, CVPR 2023, with the local cubic in "
        "place of labels",
    ),
    # Promptness
    Definition(
        "lag.ms", "Delay of the filters", "ms", "lower",
        "The delay at which the steps of the steady corners and those of the unfiltered ones correlate best, between "
        "frames by a parabola; absent where the corners step by less than 0.8 px a frame (RMS).",
    ),
    Definition(
        "lag.skin_ms", "Delay behind the skin", "ms", "lower",
        "The same between the product's steps and those of the skin beside it, by optical flow of the camera's "
        "picture; absent where the skin steps by less than 2.5 px a frame.",
        _LUCAS_KANADE,
    ),
    Definition(
        "lag.truth_ms", "Delay behind the truth", "ms", "lower",
        "The same between the steps of the seen corners and those of the true ones.",
    ),
    # Staying in place
    Definition(
        "slip.px", "Slip of glasses on the skin", "px", "lower",
        "Root mean square of how far the product wanders over the skin beside it within half a second: its steps less "
        "the skin's (optical flow), summed up; the mean over the half-second after a frame less that before; without "
        "what a delay of up to three frames explains.",
        _LUCAS_KANADE, "rms",
    ),
    Definition(
        "slip.ipd_percent", "Slip of glasses on the skin", "% of IPD", "lower",
        "slip.px over the median distance of the pupils in the picture.", _LUCAS_KANADE, "rms",
    ),
    Definition(
        "slip.lips_px", "Slip of lipstick on the lips", "px", "lower",
        "As slip.px, of the lips' outline over the lips.", _LUCAS_KANADE, "rms",
    ),
    Definition(
        "scale.drift_percent", "Drift of the product's size", "%", "lower",
        "The width of a frame's front over the distance of the pupils, both in the picture: the line by the median of "
        "slopes over the take, its end over its start less one, in absolute value. Only frames within 15° of straight "
        "ahead count, without the first second, in which the size settles; absent where they last less than 1.5 s.",
        "Theil 1950; Sen, Journal of the American Statistical Association 1968", "worst",
    ),
    Definition(
        "scale.wobble_percent", "Wobble of the product's size", "%", "lower",
        "Root mean square of the same ratio about that line.", "", "rms",
    ),
    Definition(
        "pose.residual_px", "Residual of the pose fit", "px", "lower",
        "Root mean square over the rigid landmarks of their distance from the fitted head, averaged over frames.",
    ),
    # Against the truth
    Definition(
        "pose.rotation_error_deg", "Rotation error", "°", "lower",
        "With truth: mean angle of the rotation between true and seen head.",
    ),
    Definition(
        "pose.rotation_error_max_deg", "Largest rotation error", "°", "lower",
        "… the largest.", pool="worst",
    ),
    Definition(
        "pose.rotation_centred_deg", "Rotation error, centred", "°", "lower",
        "… the mean without the one constant turn that fits best: how well changes are followed.",
        "Moakher 2002: chordal mean of rotations",
    ),
    Definition(
        "pose.distance_error_percent", "Distance error", "%", "lower",
        "With truth: mean absolute error of the head's distance from the camera, in percent of it.",
    ),
    Definition(
        "pose.bridge_error_mm", "Place of the bridge", "mm", "lower",
        "With truth: mean distance of the seen nasion from the true one across the line of sight, in millimetres at "
        "the true distance.",
    ),
    Definition(
        "pose.pd_error_mm", "Pupillary distance error", "mm", "lower",
        "With truth: absolute error of the median pupillary distance over the frames within 15° of straight ahead.",
    ),
    # The picture
    Definition(
        "leak.px", "Pixels changed outside the product", "px", "lower",
        "Mean number of pixels a frame that differ from the camera's picture outside the product's own region: the "
        "outline of the projected product grown by its shadow's reach, or that of the lips grown by their feather.",
    ),
    Definition(
        "leak.outside_dirty_px", "Pixels changed outside the told rectangle", "px", "lower",
        "All pixels of the take that differ outside the rectangle that the pipeline tells; anything but 0 is a fault.",
        pool="worst",
    ),
    Definition(
        "edge.flicker", "Edge flicker", "%", "lower",
        "Along a product's edges, from each frame to the next, carried along with the product: the mean change of the "
        "dressed luma or of what the product adds to it, whichever changed less, over the mean of what it adds.",
    ),
    Definition(
        "colour.shade_de00", "Colour error to the shade", "ΔE00", "lower",
        "Mean difference of the lips' mean colour from the shade's under this frame's light: the shade times the "
        "light's white and level, mixed by its coverage with the lips before, in linear light.",
        _CIEDE2000,
    ),
    Definition(
        "colour.lighter", "Lips lighter than the shade", "L*", "neither",
        "Mean L* of the lips less that of the shade under this frame's light: held against a baseline, a colour that "
        "changed shows in either direction.",
        "CIE 15",
    ),
    Definition("colour.redder", "Lips redder than the shade", "a*", "neither", "… the same of a*.", "CIE 15"),
    Definition("colour.yellower", "Lips yellower than the shade", "b*", "neither", "… the same of b*.", "CIE 15"),
    Definition(
        "colour.flicker_de00", "Colour flicker", "ΔE00", "lower",
        "Mean difference from frame to frame of what makeup adds to the lips' mean colour.", _CIEDE2000,
    ),
    Definition(
        "colour.skin_de00", "Change of the skin beside", "ΔE00", "lower",
        "Mean difference, before and after, of the mean colours of cheeks and forehead, which no product of the look "
        "covers.",
        _CIEDE2000,
    ),
    Definition(
        "occlusion.false_percent", "Drawn over what hides it", "%", "lower",
        "In frames with labels: product pixels drawn inside a labelled occluder over those that the product would "
        "have there.",
    ),
    Definition(
        "occlusion.missing_percent", "Missing where nothing hides it", "%", "lower",
        "In frames with labels: product pixels that were not drawn outside the labelled occluders over those that the "
        "product would have there.",
    ),
    # Cost
    Definition(
        "latency.<step>.p50_ms", "Time of a step, median", "ms", "lower",
        "Median over frames of a step's time: decode, perceive, geometry, front (what covers a face), each kind of "
        "product, encode; total is their sum.",
    ),
    Definition(
        "latency.<step>.p95_ms", "Time of a step, 95 %", "ms", "lower",
        "The time that 95 % of the frames stay below.", pool="worst",
    ),
    Definition(
        "speed.fps", "Frames a second", "1/s", "higher",
        "Frames over the time that the take took; over the frames' summed times where that is not told.",
    ),
    Definition(
        "memory.peak_mb", "Peak memory", "MB", "lower",
        "The highest resident memory of the process, in millions of bytes.", pool="worst",
    ),
    Definition(
        "drops.percent", "Dropped frames", "%", "lower",
        "Frames that the live server would not have answered over all frames (only with --realtime).",
    ),
    Definition(
        "drops.failed_percent", "Failed frames", "%", "lower",
        "Frames on which the landmark model failed over all frames.",
    ),
    # Against a baseline's picture
    Definition(
        "diff.ssim", "Likeness to the baseline", "1", "higher",
        "Mean over frames of the structural similarity of the dressed luma: Gaussian window σ = 1.5, K = 0.01, 0.03; "
        "1 where nothing differs.",
        _SSIM,
    ),
    Definition(
        "diff.ssim_min", "Likeness of the worst frame", "1", "higher",
        "The lowest structural similarity of any frame.", _SSIM, "worst",
    ),
    Definition(
        "diff.de00_p50", "Colour difference, median", "ΔE00", "lower",
        "Median over the changed pixels of all frames of the colour difference to the baseline; pixels that differ by "
        "no more than one code are not changed.",
        _CIEDE2000,
    ),
    Definition(
        "diff.de00_p95", "Colour difference, 95 %", "ΔE00", "lower",
        "The difference that 95 % of the changed pixels stay below.", _CIEDE2000,
    ),
    Definition(
        "diff.de00_max", "Largest colour difference", "ΔE00", "lower",
        "The largest of any pixel.", _CIEDE2000, "worst",
    ),
    Definition(
        "diff.changed_percent", "Changed pixels", "%", "lower",
        "Pixels that differ from the baseline by more than one code, over all pixels.",
    ),
)  # fmt: skip

DEFINITIONS: Final[dict[str, Definition]] = {definition.id: definition for definition in _ALL}

_STEP: Final = "<step>"


def definition(measure: str) -> Definition:
    """The definition of a figure by its identifier, ``latency.perceive.p95_ms`` included.

    Raises KeyError for one that there is not.
    """
    known = DEFINITIONS.get(measure)
    if known is not None and _STEP not in measure:
        return known
    family, dot, rest = measure.partition(".")
    step, _, percentile = rest.rpartition(".")
    template = DEFINITIONS.get(f"{family}.{_STEP}.{percentile}") if dot and step and step != _STEP else None
    if template is None:
        raise KeyError(measure)
    return replace(template, id=measure, title=f"{template.title} ({step})")
