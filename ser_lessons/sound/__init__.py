"""From a sound file to a signal, and from a signal to a picture. Lessons: 01 to 03."""
