"""Writes golden.tfevents and summaries.tfevents with TensorBoard's own record writer and messages (tensorboard 2.21.0).

    python make_golden.py
"""

from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
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

# What scripts write down: a text as the text dashboard takes it, and histograms.
TEXT = Summary.Value(
    tag="notes/epoch",
    metadata=SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text")),
    tensor=TensorProto(dtype="DT_STRING", string_val=["*Grüße* from site-1".encode()],
                       tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])))
HISTOGRAM = Summary.Value(
    tag="gradients",
    histo=HistogramProto(min=-1.5, max=2, num=4, sum=1, sum_squares=6.5, bucket_limit=[-1, 0, 1, 2], bucket=[1, 0, 2, 1]))
EMPTY = Summary.Value(tag="gradients", histo=HistogramProto())

with open(Path(__file__).with_name("summaries.tfevents"), "wb") as file:
    records = RecordWriter(file)
    records.write(Event(wall_time=WALL_TIME, file_version="brain.Event:2").SerializeToString())
    for step, value in [(3, TEXT), (0, HISTOGRAM), (200, EMPTY)]:
        records.write(Event(wall_time=WALL_TIME, step=step, summary=Summary(value=[value])).SerializeToString())
