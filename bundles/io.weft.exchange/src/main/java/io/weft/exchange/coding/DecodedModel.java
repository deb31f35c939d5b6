package io.weft.exchange.coding;

import io.weft.api.exchange.Codec;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;

/** A model of which tensors lie coded, decoded as it is read. What one thread decoded last it need not decode again. */
final class DecodedModel implements TensorReader {

    private final Coding coding;
    private final TensorReader arrived;
    private final Manifest manifest;
    private final Map<String, CodedTensor> coded;

    /** What threads read with, and read with again; the piece that was decoded last lies on top. */
    private final ConcurrentLinkedDeque<Decoder> idle = new ConcurrentLinkedDeque<>();

    /** A tensor that lies coded. */
    private static final class CodedTensor {

        private final TensorSpec tensor;
        private final TensorSpec stored;
        private final CodedLayout layout;
        private final byte[] header;

        /** Of each piece, and last where the pieces end. */
        private final long[] begins;

        /**
         * @param stored the tensor as it lies, as bytes
         */
        CodedTensor(TensorSpec tensor, TensorSpec stored, CodedLayout layout, byte[] header, long[] begins) {
            this.tensor = tensor;
            this.stored = stored;
            this.layout = layout;
            this.header = header;
            this.begins = begins;
        }
    }

    private DecodedModel(
            Coding coding, TensorReader arrived, List<TensorSpec> tensors, Map<String, CodedTensor> coded) {
        this.coding = coding;
        this.arrived = arrived;
        this.manifest = new Manifest(arrived.manifest().layout(), tensors, List.of(), "");
        this.coded = coded;
    }

    static TensorReader open(Coding coding, TensorReader arrived, List<TensorSpec> tensors) throws IOException {
        try {
            Map<String, TensorSpec> stored = new HashMap<>();
            arrived.manifest().tensors().forEach(tensor -> stored.put(key(tensor), tensor));
            Map<String, CodedTensor> coded = new HashMap<>();
            for (TensorSpec tensor : tensors) {
                TensorSpec found = Optional.ofNullable(stored.get(key(tensor)))
                        .orElseThrow(() -> new Refusal("tensor '" + tensor.name() + "' is missing"));
                if (coding.codes(tensor) && found.type() == DType.U8) {
                    coded.put(key(tensor), coded(coding, arrived, tensor, found));
                } else if (found.type() != tensor.type() || !found.shape().equals(tensor.shape())) {
                    throw new Refusal("tensor '" + tensor.name() + "' is " + found.type() + " " + found.shape()
                            + " where " + tensor.type() + " " + tensor.shape() + " was agreed upon");
                }
            }
            return new DecodedModel(coding, arrived, tensors, coded);
        } catch (IOException | RuntimeException e) {
            arrived.close();
            throw e;
        }
    }

    private static String key(TensorSpec tensor) {
        return tensor.section() + ":" + tensor.name();
    }

    private static CodedTensor coded(Coding coding, TensorReader arrived, TensorSpec tensor, TensorSpec stored)
            throws IOException {
        CodedLayout layout = coding.layout(tensor);
        try (Codec codec = codec(coding, tensor)) {
            long pieces = stored.bytes() - codec.headerBytes() - layout.indexBytes();
            if (pieces < 0) {
                throw broken(coding, tensor, "is shorter than its header and its index");
            }
            byte[] header = new byte[codec.headerBytes()];
            arrived.readBytes(stored, 0, ByteBuffer.wrap(header));
            ByteBuffer index = ByteBuffer.allocate(layout.indexBytes()).order(ByteOrder.LITTLE_ENDIAN);
            arrived.readBytes(stored, stored.bytes() - layout.indexBytes(), index);
            index.flip();
            long[] begins = new long[layout.pieces() + 1];
            begins[0] = header.length;
            for (int i = 0; i < layout.pieces(); i++) {
                int length = index.getInt();
                if (length < 0 || length > codec.room(layout.count(i))) {
                    throw broken(coding, tensor, "has a piece of " + length + " bytes");
                }
                begins[i + 1] = begins[i] + length;
            }
            if (begins[layout.pieces()] != header.length + pieces) {
                throw broken(coding, tensor, "has pieces that do not fill it");
            }
            codec.readHeader(ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN));
            return new CodedTensor(tensor, stored, layout, header, begins);
        }
    }

    private static Codec codec(Coding coding, TensorSpec tensor) {
        return coding.quantizer().plugin().codec(tensor, 0, coding.quantizer().job());
    }

    private static Refusal broken(Coding coding, TensorSpec tensor, String what) {
        return new Refusal("tensor '" + tensor.name() + "', coded by '" + coding.name() + "', " + what
                + "; use the same plugin with the same options at both ends");
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public void read(TensorSpec tensor, long first, float[] into, int count) throws IOException {
        CodedTensor from = coded.get(key(tensor));
        if (from == null) {
            arrived.read(tensor, first, into, count);
            return;
        }
        Decoder decoder = Optional.ofNullable(idle.pollFirst()).orElseGet(Decoder::new);
        try {
            decoder.read(from, first, into, count);
        } finally {
            idle.addFirst(decoder);
        }
    }

    @Override
    public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
        if (!coded.containsKey(key(tensor))) {
            arrived.readBytes(tensor, offset, into);
            return;
        }
        if (offset % Float.BYTES != 0 || into.remaining() % Float.BYTES != 0) {
            throw new IllegalArgumentException(
                    "tensor '" + tensor.name() + "' is read in whole elements, not from byte " + offset);
        }
        float[] values = new float[into.remaining() / Float.BYTES];
        read(tensor, offset / Float.BYTES, values, values.length);
        into.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        into.position(into.limit());
    }

    @Override
    public Optional<Path> file() {
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        for (Decoder decoder = idle.pollFirst(); decoder != null; decoder = idle.pollFirst()) {
            decoder.close();
        }
        arrived.close();
    }

    /** One thread's codec, with the piece that it decoded last. */
    private final class Decoder implements AutoCloseable {

        private Optional<CodedTensor> tensor = Optional.empty();
        private Optional<Codec> codec = Optional.empty();
        private ByteBuffer bytes = ByteBuffer.allocate(0);
        private float[] values = {};
        private int decoded = -1;

        void read(CodedTensor from, long first, float[] into, int count) throws IOException {
            open(from);
            int done = 0;
            while (done < count) {
                int index = (int) ((first + done) / from.layout.piece());
                int skipped = (int) (first + done - from.layout.first(index));
                int taken = Math.min(count - done, from.layout.count(index) - skipped);
                if (done == 0 && skipped == 0 && taken == from.layout.count(index) && index != decoded) {
                    decode(from, index, into);
                } else {
                    keep(from, index);
                    System.arraycopy(values, skipped, into, done, taken);
                }
                done += taken;
            }
        }

        private void open(CodedTensor from) {
            if (tensor.isPresent() && tensor.get() == from) {
                return;
            }
            close();
            Codec opened = codec(coding, from.tensor);
            codec = Optional.of(opened);
            opened.readHeader(ByteBuffer.wrap(from.header).order(ByteOrder.LITTLE_ENDIAN));
            tensor = Optional.of(from);
        }

        private void keep(CodedTensor from, int index) throws IOException {
            if (decoded != index) {
                if (values.length < from.layout.count(index)) {
                    values = new float[from.layout.count(index)];
                }
                decoded = -1;
                decode(from, index, values);
                decoded = index;
            }
        }

        private void decode(CodedTensor from, int index, float[] into) throws IOException {
            int length = (int) (from.begins[index + 1] - from.begins[index]);
            if (bytes.capacity() < length) {
                bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
            }
            bytes.clear().limit(length);
            arrived.readBytes(from.stored, from.begins[index], bytes);
            try {
                codec.orElseThrow().decode(bytes.flip(), into, from.layout.count(index));
            } catch (BufferUnderflowException | BufferOverflowException | IndexOutOfBoundsException e) {
                throw broken(coding, from.tensor, "has a piece that cannot be decoded");
            }
            if (bytes.hasRemaining()) {
                throw broken(coding, from.tensor, "has a piece with " + bytes.remaining() + " bytes too many");
            }
        }

        @Override
        public void close() {
            codec.ifPresent(Codec::close);
            codec = Optional.empty();
            tensor = Optional.empty();
            decoded = -1;
        }
    }
}
