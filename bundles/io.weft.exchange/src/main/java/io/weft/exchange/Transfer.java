package io.weft.exchange;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.transport.Connection;
import io.weft.tensor.Digests;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Tensors on their way in. It knows at which byte of which tensor it stands, so after a broken link the same transfer goes on over
 * another one; nothing is taken twice. Each tensor's SHA-256 is checked when its last byte is in.
 */
public final class Transfer {

    /** Where received bytes go. */
    @FunctionalInterface
    public interface Sink {
        /** Takes the remaining bytes, which are the tensor's bytes from the offset on; the buffer is lent for the call. */
        void write(TensorSpec tensor, long offset, ByteBuffer piece) throws IOException;

        /**
         * Takes all tensors at once by moving a plain safetensors file that holds them; false, and nothing is done, when it cannot.
         */
        default boolean adopt(Path safetensors) throws IOException {
            return false;
        }

        /** A sink that puts all into a writer. */
        static Sink into(TensorWriter writer) {
            return new Sink() {

                @Override
                public void write(TensorSpec tensor, long offset, ByteBuffer piece) throws IOException {
                    writer.writeBytes(tensor, offset, piece);
                }

                @Override
                public boolean adopt(Path safetensors) throws IOException {
                    return writer.adopt(safetensors);
                }
            };
        }
    }

    private final String resource;
    private final List<TensorSpec> expected;
    private final Sink sink;
    private final long started = System.nanoTime();
    private final MessageDigest digest = Digests.sha256();
    private int tensor;
    private long offset;
    private boolean announced;
    private final List<String> digests = new ArrayList<>();
    private boolean ended;
    private boolean goesOn;
    private long logicalBytes;
    private long wireBytes;

    /**
     * @param resource the name under which the other end offers the tensors
     * @param expected what was agreed, in this order; anything else is refused
     */
    public Transfer(String resource, List<TensorSpec> expected, Sink sink) {
        this.resource = resource;
        this.expected = List.copyOf(expected);
        this.sink = sink;
    }

    /**
     * Goes on behind bytes of the first tensor that are there from a former process; to be called before anything is pulled. Should they
     * not be what the other end has, the transfer is refused at the tensor's end.
     */
    synchronized void goOnBehind(ByteBuffer piece) {
        offset += piece.remaining();
        logicalBytes += piece.remaining();
        goesOn = true;
        digest.update(piece);
    }

    /**
     * The SHA-256 of each tensor that is here, in order, as lower-case hex; none where a file in this process was taken as a whole.
     */
    public synchronized List<String> digests() {
        return List.copyOf(digests);
    }

    /** What it took so far. */
    public synchronized Message.Pulled taken() {
        return Message.Pulled.plain(logicalBytes, wireBytes, (System.nanoTime() - started) / 1e9);
    }

    /**
     * Takes the whole from an end in this process, where that has it as a file: the file gets a second name, which then is the
     * receiver's, and no byte is copied. It counts as the bytes of the frames that it would have taken.
     *
     * @return whether it was taken; when not, it is still to be pulled
     */
    synchronized boolean takeFrom(Connection.Offers offers) throws IOException {
        if (tensor > 0 || offset > 0) {
            return false;
        }
        TensorReader offered;
        try {
            offered = offers.open(resource);
        } catch (IOException | RuntimeException e) {
            return false; // who pulls it is told why
        }
        try (TensorReader from = offered) {
            Optional<Path> file = from.file();
            if (file.isEmpty() || !from.manifest().tensors().equals(expected) || !adopted(file.get())) {
                return false;
            }
        }
        ended = true;
        tensor = expected.size();
        logicalBytes = expected.stream().mapToLong(TensorSpec::bytes).sum();
        wireBytes = Sending.frameBytes(expected);
        return true;
    }

    private boolean adopted(Path file) throws IOException {
        Path second = Durable.beside(file);
        try {
            Files.createLink(second, file);
        } catch (IOException | UnsupportedOperationException e) {
            return false; // a file system without such names
        }
        try {
            return sink.adopt(second);
        } finally {
            Files.deleteIfExists(second);
        }
    }

    /** The request that goes on where this transfer stands. */
    synchronized Message.Pull request(long credit) {
        announced = false;
        return new Message.Pull(resource, tensor, offset, credit);
    }

    /** Takes the next frame. */
    synchronized void accept(Frame frame) throws IOException {
        wireBytes += frame.size();
        switch (frame.type()) {
            case TENSOR -> announce(frame);
            case CHUNK -> take(frame);
            case DIGEST -> finish(frame);
            case END -> end();
            default -> throw new ProtocolException("a frame " + frame.type() + " within a transfer");
        }
    }

    private void announce(Frame frame) throws ProtocolException {
        byte[] bytes = new byte[frame.payload().remaining()];
        frame.payload().duplicate().get(bytes);
        if (!(Messages.decode(bytes) instanceof Message.TensorHeader header) || announced || header.index() != tensor) {
            throw new ProtocolException("a tensor was announced out of order");
        }
        if (tensor >= expected.size()) {
            throw new Refusal("tensor '" + header.name() + "' was not agreed upon: " + expected.size()
                    + " tensors are exchanged in this job");
        }
        TensorSpec spec = expected.get(tensor);
        if (!header.section().equals(spec.section()) || !header.name().equals(spec.name())) {
            throw new Refusal("tensor '" + header.name() + "' came where '" + spec.name() + "' was agreed upon");
        }
        if (header.type() != spec.type()
                || !header.shape().equals(spec.shape().dimensions())
                || header.bytes() != spec.bytes()) {
            throw new Refusal("tensor '" + spec.name() + "' is " + header.type() + " " + header.shape() + " where "
                    + spec.type() + " " + spec.shape() + " was agreed upon");
        }
        announced = true;
    }

    private void take(Frame frame) throws IOException {
        int length = frame.payload().remaining();
        if (!announced
                || frame.offset() != offset
                || length > expected.get(tensor).bytes() - offset) {
            throw new ProtocolException("a chunk of " + length + " bytes at " + frame.offset() + " is out of order");
        }
        sink.write(expected.get(tensor), offset, frame.payload().duplicate());
        digest.update(frame.payload().duplicate());
        offset += length;
        logicalBytes += length;
    }

    private void finish(Frame frame) throws ProtocolException {
        if (!announced || offset != expected.get(tensor).bytes()) {
            throw new ProtocolException("a tensor ended before its last byte");
        }
        byte[] told = new byte[frame.payload().remaining()];
        frame.payload().duplicate().get(told);
        byte[] found = digest.digest();
        if (!Arrays.equals(told, found) && goesOn && tensor == 0) {
            throw new Refusal("what was there of '" + expected.get(tensor).name()
                    + "' from before is not what the other end has; remove it, and begin anew");
        }
        if (!Arrays.equals(told, found)) {
            HexFormat hex = HexFormat.of();
            throw new ProtocolException("tensor '" + expected.get(tensor).name() + "' arrived with SHA-256 "
                    + hex.formatHex(found) + " and was sent with " + hex.formatHex(told));
        }
        digests.add(HexFormat.of().formatHex(found));
        tensor++;
        offset = 0;
        announced = false;
    }

    private void end() throws ProtocolException {
        if (announced) {
            throw new ProtocolException(
                    "a transfer ended within tensor '" + expected.get(tensor).name() + "'");
        }
        if (tensor != expected.size()) {
            throw new Refusal("tensor '" + expected.get(tensor).name() + "' is missing: " + tensor + " of "
                    + expected.size() + " tensors came");
        }
        ended = true;
    }

    synchronized boolean ended() {
        return ended;
    }
}
