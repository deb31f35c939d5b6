package io.weft.tracking.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weft.api.plugin.Summary;
import java.time.Instant;

/**
 * The events that Weft writes, as the messages of <a
 * href="https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto">event.proto</a>, {@code
 * summary.proto} and {@code tensor.proto}.
 */
final class Events {

    private static final int WALL_TIME = 1;
    private static final int STEP = 2;
    private static final int FILE_VERSION = 3;
    private static final int SUMMARY = 5;
    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SIMPLE = 2;
    private static final int VALUE_HISTOGRAM = 5;
    private static final int VALUE_TENSOR = 8;
    private static final int VALUE_METADATA = 9;

    private static final int HISTOGRAM_MIN = 1;
    private static final int HISTOGRAM_MAX = 2;
    private static final int HISTOGRAM_COUNT = 3;
    private static final int HISTOGRAM_SUM = 4;
    private static final int HISTOGRAM_SQUARES = 5;
    private static final int HISTOGRAM_LIMITS = 6;
    private static final int HISTOGRAM_COUNTS = 7;

    private static final int METADATA_PLUGIN = 1;
    private static final int PLUGIN_NAME = 1;
    private static final int TENSOR_TYPE = 1;
    private static final int TENSOR_SHAPE = 2;
    private static final int TENSOR_TEXTS = 8;
    private static final int SHAPE_DIMENSION = 2;
    private static final int DIMENSION_SIZE = 1;

    /** {@code DT_STRING} of {@code types.proto}. */
    private static final int TEXT = 7;

    private Events() {}

    /** The first event of every file. */
    static byte[] version(Instant at) {
        return event(at).content(FILE_VERSION, "brain.Event:2".getBytes(UTF_8)).bytes();
    }

    static byte[] summary(Instant at, String tag, long step, Summary value) {
        if (value instanceof Summary.Text text) {
            return text(at, tag, step, text.text());
        }
        if (value instanceof Summary.Histogram histogram) {
            return histogram(at, tag, step, histogram);
        }
        return scalar(at, tag, step, ((Summary.Scalar) value).value());
    }

    static byte[] scalar(Instant at, String tag, long step, double value) {
        return event(at, step, tagged(tag).number(VALUE_SIMPLE, (float) value));
    }

    private static byte[] histogram(Instant at, String tag, long step, Summary.Histogram value) {
        Message histogram = new Message()
                .numberUnlessZero(HISTOGRAM_MIN, value.min())
                .numberUnlessZero(HISTOGRAM_MAX, value.max())
                .numberUnlessZero(HISTOGRAM_COUNT, value.count())
                .numberUnlessZero(HISTOGRAM_SUM, value.sum())
                .numberUnlessZero(HISTOGRAM_SQUARES, value.sumOfSquares())
                .numbers(HISTOGRAM_LIMITS, value.limits())
                .numbers(HISTOGRAM_COUNTS, value.counts());
        return event(at, step, tagged(tag).content(VALUE_HISTOGRAM, histogram.bytes()));
    }

    /** As the text dashboard wants it: a tensor of one text, with the dashboard's name. */
    private static byte[] text(Instant at, String tag, long step, String value) {
        Message dimension = new Message().integer(DIMENSION_SIZE, 1);
        Message shape = new Message().content(SHAPE_DIMENSION, dimension.bytes());
        Message tensor = new Message()
                .integer(TENSOR_TYPE, TEXT)
                .content(TENSOR_SHAPE, shape.bytes())
                .content(TENSOR_TEXTS, value.getBytes(UTF_8));
        Message plugin = new Message().content(PLUGIN_NAME, "text".getBytes(UTF_8));
        Message metadata = new Message().content(METADATA_PLUGIN, plugin.bytes());
        return event(
                at, step, tagged(tag).content(VALUE_TENSOR, tensor.bytes()).content(VALUE_METADATA, metadata.bytes()));
    }

    private static Message tagged(String tag) {
        return new Message().content(VALUE_TAG, tag.getBytes(UTF_8));
    }

    private static byte[] event(Instant at, long step, Message value) {
        Message event = event(at);
        if (step != 0) {
            event.integer(STEP, step);
        }
        return event.content(
                        SUMMARY,
                        new Message().content(SUMMARY_VALUE, value.bytes()).bytes())
                .bytes();
    }

    private static Message event(Instant at) {
        return new Message().number(WALL_TIME, at.getEpochSecond() + at.getNano() / 1e9);
    }
}
