"""Writes golden.tfevents with TensorBoard's own record writer and messages (tensorboard 2.21.0).

    python make_golden.py
"""

from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

WALL_TIME = 1767225600.25

SCALARS = [
    ("train/loss", 1, 2.25),
    ("train/loss", 2, 1e-7),
    ("validation/loss", 0, 0.0),
    ("validation/perplexity", 300, float("inf")),
    ("validation/loss", 5_000_000_000, float("nan")),
    ("train/perte à l'entraînement", 127, -1.5),
    ("wire/bytes_up", 128, 123456789.0),
    ("x" * 200, 16384, 3.4028234663852886e38),
]

with open(Path(__file__).with_name("golden.tfevents"), "wb") as file:
    records = RecordWriter(file)
    records.write(Event(wall_time=WALL_TIME, file_version="brain.Event:2").SerializeToString())
    for tag, step, value in SCALARS:
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        records.write(Event(wall_time=WALL_TIME, step=step, summary=summary).SerializeToString())
