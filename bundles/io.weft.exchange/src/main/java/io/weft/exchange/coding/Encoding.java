package io.weft.exchange.coding;

import io.weft.api.exchange.Codec;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.exchange.Message;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Codes one model into a file, one piece of one tensor in memory. */
final class Encoding {

    private static final int COPIED = 256 << 10;

    private final Coding coding;
    private final TensorReader model;
    private final List<TensorSpec> tensors;
    private final int round;
    private final Path file;
    private final float[] values;
    private final float[] decoded;
    private final List<TensorSpec> sent = new ArrayList<>();
    private final List<Long> begins = new ArrayList<>();
    private final List<Long> bytes = new ArrayList<>();
    private final Loss loss = new Loss();
    private long position;

    /** What coding loses, over all coded tensors. */
    private static final class Loss {

        private double squares;
        private double lost;

        void add(float[] values, float[] decoded, int count) {
            double sum = 0;
            double difference = 0;
            for (int i = 0; i < count; i++) {
                double value = values[i];
                double missing = value - decoded[i];
                sum += value * value;
                difference += missing * missing;
            }
            squares += sum;
            lost += difference;
        }

        double relative() {
            return lost == 0 ? 0 : Math.sqrt(lost / squares);
        }
    }

    Encoding(Coding coding, TensorReader model, List<TensorSpec> tensors, int round, Path file) {
        this.coding = coding;
        this.model = model;
        this.tensors = tensors;
        this.round = round;
        this.file = file;
        this.values = new float[coding.piece()];
        this.decoded = new float[coding.piece()];
    }

    CodedModel encode() throws IOException {
        long started = System.nanoTime();
        Files.createDirectories(file.getParent());
        List<TensorSpec> coded = tensors.stream().filter(coding::codes).toList();
        try (Residual residual = Residual.of(coding, coded);
                FileChannel out = FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            for (TensorSpec tensor : tensors) {
                begins.add(position);
                if (!coding.codes(tensor) || !shrinks(tensor, residual, out)) {
                    copy(tensor, out);
                }
            }
            residual.commit();
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw FileProblem.writing(file, position, e);
        } catch (RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        return new CodedModel(file, new Message.Coded(coding.name(), bytes, seconds, loss.relative()), sent, begins);
    }

    /** Codes a tensor; false when that would not make it smaller. */
    private boolean shrinks(TensorSpec tensor, Residual residual, FileChannel out) throws IOException {
        CodedLayout layout = coding.layout(tensor);
        try (Codec codec = coding.quantizer()
                .plugin()
                .codec(tensor, round, coding.quantizer().job())) {
            if (codec.needsSurvey()) {
                for (int index = 0; index < layout.pieces(); index++) {
                    read(tensor, layout, index, residual);
                    codec.survey(values, layout.count(index));
                }
            }
            Loss lost = new Loss();
            long begin = position;
            ByteBuffer header = little(codec.headerBytes());
            codec.writeHeader(header);
            append(header.flip(), out);
            ByteBuffer piece = little(codec.room(layout.count(0)));
            ByteBuffer index = little(layout.indexBytes());
            for (int i = 0; i < layout.pieces(); i++) {
                int count = layout.count(i);
                read(tensor, layout, i, residual);
                codec.encode(values, count, piece.clear());
                index.putInt(piece.flip().remaining());
                codec.decode(piece.slice().order(ByteOrder.LITTLE_ENDIAN), decoded, count);
                lost.add(values, decoded, count);
                residual.keep(tensor, layout.first(i), values, decoded, count);
                append(piece, out);
            }
            append(index.flip(), out);
            long length = position - begin;
            if (length >= tensor.bytes()) {
                residual.drop(tensor, layout);
                position = begin;
                return false;
            }
            sent.add(Message.Coded.asBytes(tensor, length));
            bytes.add(length);
            loss.squares += lost.squares;
            loss.lost += lost.lost;
            return true;
        }
    }

    private void read(TensorSpec tensor, CodedLayout layout, int index, Residual residual) throws IOException {
        model.read(tensor, layout.first(index), values, layout.count(index));
        residual.add(tensor, layout.first(index), values, layout.count(index));
    }

    private void copy(TensorSpec tensor, FileChannel out) throws IOException {
        ByteBuffer piece = little((int) Math.min(COPIED, tensor.bytes()));
        for (long offset = 0; offset < tensor.bytes(); offset += piece.limit()) {
            piece.clear().limit((int) Math.min(COPIED, tensor.bytes() - offset));
            model.readBytes(tensor, offset, piece);
            append(piece.flip(), out);
        }
        sent.add(tensor);
        bytes.add(Message.Coded.AS_IT_IS);
    }

    private void append(ByteBuffer piece, FileChannel out) throws IOException {
        while (piece.hasRemaining()) {
            position += out.write(piece, position);
        }
    }

    private static ByteBuffer little(int capacity) {
        return ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
    }
}
