"""How good is G: distances between real and generated images (lesson 16_evaluation).

What a metric cannot compare, it refuses: TypeError for a kind, ValueError for a shape, a range, a
value that is not finite, or a count.
"""

from msgan_lessons.metrics.contest import Judge, duel
from msgan_lessons.metrics.distances import band_distances, frechet_distance, sliced_wasserstein
from msgan_lessons.metrics.features import image_features, inception_scores, predicted_labels
from msgan_lessons.metrics.images import mode_count, mode_kl, ms_ssim, ms_ssim_diversity, psnr, ssim
from msgan_lessons.metrics.neighbours import (
    coverage,
    density,
    nearest,
    nearest_neighbour_accuracy,
    precision_recall,
    wilson_interval,
)
from msgan_lessons.metrics.scores import (
    draw_full,
    noise_floor,
    patch_score,
    sample_size_curve,
    scale_consistency,
    score_floor,
    score_images,
)

__all__ = [
    "Judge",
    "band_distances",
    "coverage",
    "density",
    "draw_full",
    "duel",
    "frechet_distance",
    "image_features",
    "inception_scores",
    "mode_count",
    "mode_kl",
    "ms_ssim",
    "ms_ssim_diversity",
    "nearest",
    "nearest_neighbour_accuracy",
    "noise_floor",
    "patch_score",
    "precision_recall",
    "predicted_labels",
    "psnr",
    "sample_size_curve",
    "scale_consistency",
    "score_floor",
    "score_images",
    "sliced_wasserstein",
    "ssim",
    "wilson_interval",
]
