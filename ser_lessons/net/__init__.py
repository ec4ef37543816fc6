"""Nets: how they are built, trained, kept as a bundle, and asked. Lesson: 04_gap_cnn."""

from .backend import wake as start_keras
