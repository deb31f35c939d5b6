package io.weft.exchange;

import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/** Tensors on their way out: one chunk in memory, as many as the receiver's credit allows under way. */
final class Sending {

    /** The size of a chunk in bytes: it fits a processor's second cache. */
    static final int CHUNK = 256 << 10;

    private final Outbox outbox;
    private final int stream;
    private final Credit credit;
    private final ByteBuffer frame = ByteBuffer.allocate(Frame.HEADER + CHUNK);
    private final MessageDigest digest;

    Sending(Outbox outbox, int stream, Credit credit) {
        this.outbox = outbox;
        this.stream = stream;
        this.credit = credit;
        this.digest = Digests.sha256();
    }

    /** The bytes of all frames that tensors take, as {@link #send} sends them from the start. */
    static long frameBytes(List<TensorSpec> tensors) {
        long bytes = Frame.HEADER;
        for (int index = 0; index < tensors.size(); index++) {
            TensorSpec spec = tensors.get(index);
            long chunks = (spec.bytes() + CHUNK - 1) / CHUNK;
            bytes += Frame.HEADER + Messages.encode(header(index, spec)).length;
            bytes += chunks * Frame.HEADER + spec.bytes();
            bytes += Frame.HEADER + Digests.sha256().getDigestLength();
        }
        return bytes;
    }

    private static Message.TensorHeader header(int index, TensorSpec spec) {
        return new Message.TensorHeader(
                index, spec.section(), spec.name(), spec.type(), spec.shape().dimensions(), spec.bytes());
    }

    /** Sends all tensors from that byte of that tensor on. */
    void send(TensorReader from, int tensor, long offset) throws IOException, InterruptedException {
        List<TensorSpec> tensors = from.manifest().tensors();
        if (tensor < 0 || tensor > tensors.size()) {
            throw new ProtocolException("tensor " + tensor + " of " + tensors.size() + " was asked for");
        }
        long start = offset;
        for (int index = tensor; index < tensors.size(); index++) {
            send(from, index, tensors.get(index), start);
            start = 0;
        }
        outbox.send(Frame.of(Frame.Type.END, stream, 0));
    }

    private void send(TensorReader from, int index, TensorSpec spec, long start)
            throws IOException, InterruptedException {
        long bytes = spec.bytes();
        if (start < 0 || start > bytes) {
            throw new ProtocolException("byte " + start + " of " + bytes + " was asked for");
        }
        outbox.send(
                Frame.of(Frame.Type.TENSOR, 0, stream, start, ByteBuffer.wrap(Messages.encode(header(index, spec)))));
        Optional<byte[]> known = Digested.of(from, index);
        digest.reset();
        if (known.isEmpty()) {
            digestBefore(from, spec, start);
        }
        long offset = start;
        while (offset < bytes) {
            int length = (int) Math.min(CHUNK, bytes - offset);
            credit.take(length);
            read(from, spec, offset, length);
            if (known.isEmpty()) {
                digest();
            }
            outbox.send(Frame.seal(frame, Frame.Type.CHUNK, 0, stream, offset));
            offset += length;
        }
        outbox.send(Frame.of(Frame.Type.DIGEST, 0, stream, bytes, ByteBuffer.wrap(known.orElseGet(digest::digest))));
    }

    /** A transfer that goes on within a tensor: the digest is of the whole tensor all the same. */
    private void digestBefore(TensorReader from, TensorSpec spec, long start) throws IOException {
        long offset = 0;
        while (offset < start) {
            int length = (int) Math.min(CHUNK, start - offset);
            read(from, spec, offset, length);
            digest();
            offset += length;
        }
    }

    private void read(TensorReader from, TensorSpec spec, long offset, int length) throws IOException {
        frame.clear().position(Frame.HEADER).limit(Frame.HEADER + length);
        from.readBytes(spec, offset, frame);
    }

    /** Of what was read last. */
    private void digest() {
        digest.update(frame.array(), Frame.HEADER, frame.position() - Frame.HEADER);
    }
}
