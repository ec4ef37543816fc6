"""Sound out of m4a, mp4, aac, webm, 3gp, amr and wma, which libsndfile cannot read: by PyAV, where it is installed."""

import io
import os

import numpy as np


class Media:
    """The sound of a file, with those members of `soundfile.SoundFile` that `audio` uses.

    Raises OSError where there is no sound in it, or PyAV cannot decode it.
    """

    def __init__(self, file):
        import av

        self._errors = (av.FFmpegError, ValueError, IndexError)
        try:
            self._container = av.open(os.fsdecode(file) if isinstance(file, (str, bytes)) else io.BytesIO(file.read()))
            stream = self._container.streams.audio[0]
            self.samplerate, self.channels = stream.rate, stream.channels
            seconds = (self._container.duration or 0) / av.time_base
            if not seconds or self._container.format.name in ("aac", "amr"):  # untold, as by browsers, or a guess
                ends = [(packet.pts or 0) + (packet.duration or 0) for packet in self._container.demux(stream)]
                seconds = max(ends, default=0) * stream.time_base
                self._container.seek(0)
            self.frames = round(seconds * stream.rate)
            self._decoded = self._container.decode(stream)
            self._floats = av.AudioResampler(format="fltp")
        except self._errors as error:
            raise _readable(error) from None
        self._rest = np.zeros((0, self.channels), np.float32)

    def read(self, n_frames, *, dtype, always_2d):
        """The next samples, shape (n_frames or fewer, channels)."""
        blocks, n_have = [self._rest], len(self._rest)
        try:
            while n_have < n_frames and (frame := next(self._decoded, None)):
                for part in self._floats.resample(frame):
                    blocks.append(part.to_ndarray().T)
                    n_have += len(blocks[-1])
        except self._errors as error:
            raise _readable(error) from None
        samples = np.concatenate(blocks)
        self._rest = samples[n_frames:]
        return samples[:n_frames]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._container.close()


def _readable(error):
    """PyAV's error as the OSError of a file that cannot be read, its reason without number and path."""
    return OSError(getattr(error, "strerror", None) or str(error))
