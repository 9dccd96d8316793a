"""The game of lesson 13_speech: mel spectrograms are given, waves are judged."""

import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.speech import SpeechData
from msgan_lessons.family import Model
from msgan_lessons.lessons.l13_speech.spectral_distance import stft_distance
from msgan_lessons.lessons.l13_speech.spectrogram import log_mel
from msgan_lessons.task_game import TaskGame

__all__ = ["SEGMENT", "spectral_terms", "speech_batches", "vocoder_game"]

SEGMENT = 3840  # samples, 0.48 s: divides into hops, scales and periods


def speech_batches(
    speech: SpeechData, batch_size: int, generator: torch.Generator
) -> Iterator[tuple[tuple[Tensor], Tensor]]:
    """Yield what a `TaskGame` plays with: mel spectrograms, and the waves they come from.

    Parameters
    ----------
    speech : SpeechData
        Real speech.
    batch_size : int
        Segments of 0.48 s.
    generator : torch.Generator
        Stream of the places.

    Yields
    ------
    tuple
        ((mel (B, 40, 60),), waves (B, 1, 3840)).
    """
    for waves in speech.segments(batch_size, generator, SEGMENT):
        yield (log_mel(waves),), waves


def spectral_terms(weight: float = 10.0) -> Callable:
    """Return the second part of formula (37) for a `TaskGame`.

    Parameters
    ----------
    weight : float
        Of `stft_distance`, at least 0.

    Returns
    -------
    callable
        (given, real, fake) to {'spectral': weight * distance}.
    """
    return lambda given, real, fake: {"spectral": weight * stft_distance(real, fake)}


def vocoder_game(
    model: Model, speech: SpeechData, streams: Streams, *, adversarial: float = 1.0
) -> TaskGame:
    """Set up the game of a vocoder: everyone meets the same segments in the same order.

    Parameters
    ----------
    model : Model
        As `speech.melgan` returns it.
    speech : SpeechData
        To train on.
    streams : Streams
        Of the segments; the same seed gives the same ones at each call.
    adversarial : float
        Weight of the adversarial loss, at least 0; 0: the spectral loss alone, D does not play.

    Returns
    -------
    TaskGame
        `generator_ema` holds the running average of G.

    Raises
    ------
    ValueError
        If `adversarial` is negative.

    Examples
    --------
    >>> from msgan_lessons.lessons.l13_speech.speech import melgan
    >>> from msgan_lessons.datasets.speech import open_speech
    >>> model, speech = melgan(judge="one", width=8, judge_width=2), open_speech(split="test")
    >>> row = vocoder_game(model.with_(batch_size=2), speech, Streams(0)).step()
    >>> row["n_images"], row["spectral"] > 0
    (2, True)
    """
    batches = speech_batches(speech, model.config.batch_size, streams.fresh("segments"))
    return TaskGame(
        model.generator,
        model.discriminator if adversarial else None,
        batches,
        model.config,
        terms=spectral_terms(model.arguments["spectral"]),
        adversarial=adversarial,
        generator_ema=copy.deepcopy(model.generator),
        streams=streams,
    )
