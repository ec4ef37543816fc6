"""The door for users outside the course: `from ser_lessons import predict`. Lesson: 08_live_inference."""

from .net.predict import Prediction, Voice, Window, ask, predict_file, predict_files, predict_signal, predict_windows
