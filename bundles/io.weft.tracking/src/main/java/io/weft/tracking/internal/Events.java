package io.weft.tracking.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;

/**
 * The two events that Weft writes, as the messages of <a
 * href="https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto">event.proto</a> and {@code
 * summary.proto}.
 */
final class Events {

    private static final int WALL_TIME = 1;
    private static final int STEP = 2;
    private static final int FILE_VERSION = 3;
    private static final int SUMMARY = 5;
    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SIMPLE = 2;

    private Events() {}

    /** The first event of every file. */
    static byte[] version(Instant at) {
        return event(at).content(FILE_VERSION, "brain.Event:2".getBytes(UTF_8)).bytes();
    }

    static byte[] scalar(Instant at, String tag, long step, double value) {
        byte[] entry = new Message()
                .content(VALUE_TAG, tag.getBytes(UTF_8))
                .number(VALUE_SIMPLE, (float) value)
                .bytes();
        Message event = event(at);
        if (step != 0) {
            event.integer(STEP, step);
        }
        return event.content(
                        SUMMARY, new Message().content(SUMMARY_VALUE, entry).bytes())
                .bytes();
    }

    private static Message event(Instant at) {
        return new Message().number(WALL_TIME, at.getEpochSecond() + at.getNano() / 1e9);
    }
}
