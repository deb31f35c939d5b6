package io.weft.tracking.internal;

import io.weft.api.plugin.Summary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.zip.CRC32C;

/**
 * One event file of TensorBoard's: TFRecords, each a length, the masked CRC32C of the length, an event, and its masked CRC32C.
 * Every event is in the file when the call returns, so that TensorBoard shows it while the job runs.
 */
final class EventFile implements AutoCloseable {

    /** TensorBoard takes every file with {@code tfevents} in its name. One file a run: what is opened again is gone on with. */
    static final String NAME = "events.out.tfevents.weft";

    private static final int HEADER = Long.BYTES + Integer.BYTES;
    private static final int FOOTER = Integer.BYTES;

    private final FileChannel channel;
    private final InstantSource clock;

    private EventFile(FileChannel channel, InstantSource clock) {
        this.channel = channel;
        this.clock = clock;
    }

    /** Opens a run's file, or starts it. What a crash left half written at its end is cut off, since nothing after it would be read. */
    static EventFile open(Path run, InstantSource clock) throws IOException {
        Files.createDirectories(run);
        FileChannel channel = FileChannel.open(
                run.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            var file = new EventFile(channel, clock);
            file.resume();
            return file;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    void scalar(String tag, long step, double value) throws IOException {
        append(Events.scalar(clock.instant(), tag, step, value));
    }

    void summary(String tag, long step, Summary value) throws IOException {
        append(Events.summary(clock.instant(), tag, step, value));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void resume() throws IOException {
        long end = wholeRecords();
        channel.truncate(end);
        channel.position(end);
        if (end == 0) {
            append(Events.version(clock.instant()));
        }
    }

    /** How far the file consists of whole records. */
    private long wholeRecords() throws IOException {
        long size = channel.size();
        long end = 0;
        ByteBuffer header = littleEndian(HEADER);
        while (size - end >= HEADER + FOOTER) {
            readFully(header.clear(), end);
            long length = header.getLong(0);
            if (header.getInt(Long.BYTES) != maskedChecksum(header.slice(0, Long.BYTES))
                    || length < 0
                    || length > size - end - HEADER - FOOTER) {
                break;
            }
            end += HEADER + length + FOOTER;
        }
        return end;
    }

    private void readFully(ByteBuffer into, long from) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into, from + into.position()) < 0) {
                throw new IOException("the event file became shorter while it was read");
            }
        }
    }

    private void append(byte[] event) throws IOException {
        ByteBuffer record = littleEndian(HEADER + event.length + FOOTER);
        record.putLong(event.length);
        record.putInt(maskedChecksum(record.duplicate().flip()));
        record.put(event).putInt(maskedChecksum(ByteBuffer.wrap(event)));
        record.flip();
        while (record.hasRemaining()) {
            channel.write(record);
        }
    }

    /** CRC32C, rotated and offset, so that checksums of data that holds checksums stay good ones. */
    private static int maskedChecksum(ByteBuffer data) {
        CRC32C checksum = new CRC32C();
        checksum.update(data);
        return Integer.rotateRight((int) checksum.getValue(), 15) + 0xa282ead8;
    }

    private static ByteBuffer littleEndian(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
