"""Learn how machines hear emotion: helpers for a course on speech emotion recognition.

Importing this package is cheap: neither TensorFlow nor librosa is loaded until a
function needs it. Start with the notebook ``notebooks/00_start_here.ipynb``.
"""

__version__ = "1.0.0"
