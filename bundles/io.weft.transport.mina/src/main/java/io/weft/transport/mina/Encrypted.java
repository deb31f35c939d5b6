package io.weft.transport.mina;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.write.DefaultWriteRequest;
import org.apache.mina.core.write.WriteRequest;

/** Records that wait for the network. MINA moves the position of what it has sent once more, so it gets a view of the buffer. */
final class Encrypted extends DefaultWriteRequest {

    private final ByteBuffer records;
    private final Optional<WriteRequest> frame;

    private Encrypted(ByteBuffer records, Optional<WriteRequest> frame) {
        super(
                IoBuffer.wrap(records.duplicate()),
                frame.map(WriteRequest::getFuture).orElse(null));
        this.records = records;
        this.frame = frame;
    }

    static Encrypted frame(ByteBuffer records, WriteRequest frame) {
        return new Encrypted(records, Optional.of(frame));
    }

    /** TLS's own: a handshake, an alert. */
    static Encrypted own(ByteBuffer records) {
        return new Encrypted(records, Optional.empty());
    }

    ByteBuffer records() {
        return records;
    }

    Optional<WriteRequest> frame() {
        return frame;
    }
}
