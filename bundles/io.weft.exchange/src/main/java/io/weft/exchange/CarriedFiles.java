package io.weft.exchange;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.tensor.FileProblem;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** The files that travel with a job: each goes as a tensor of bytes, so that they come whole, checked and in pieces as models do. */
public final class CarriedFiles {

    /** The name, within a job, under which a server offers them. */
    public static final String RESOURCE = "files";

    /** The name, within a job, under which a server offers the file that is the first model. */
    public static final String FIRST_MODEL = "first-model";

    /** The name, within a job, under which a server offers the files of a shared base, each with its path behind a {@code /}. */
    public static final String BASE = "base";

    /** What file systems take. */
    private static final int LONGEST_NAME = 255;

    private static final int LONGEST_PATH = 1000;

    private static final int SHOWN = 60;

    private static final String SECTION = "file";

    private static final int PIECE = 256 << 10;

    private CarriedFiles() {}

    /**
     * What a site is told of files.
     *
     * @param files by their paths beside the job file
     */
    public static List<Message.CarriedFile> describe(SortedMap<String, Path> files) throws IOException {
        List<Message.CarriedFile> described = new ArrayList<>();
        for (Map.Entry<String, Path> file : files.entrySet()) {
            described.add(new Message.CarriedFile(
                    file.getKey(), Files.size(file.getValue()), Files.isExecutable(file.getValue())));
        }
        return described;
    }

    /** The files, to be pulled. */
    public static TensorReader offer(SortedMap<String, Path> files) throws IOException {
        return new Offered(new TreeMap<>(files), tensors(describe(files)));
    }

    /** The transfer that puts them into a folder. */
    public static Transfer into(Path folder, String job, List<Message.CarriedFile> files) throws IOException {
        return pulled(job + "/" + RESOURCE, folder, files);
    }

    /** The transfer that puts the first model into a folder. */
    public static Transfer firstModel(Path folder, String job, Message.CarriedFile file) throws IOException {
        return pulled(job + "/" + FIRST_MODEL, folder, List.of(file));
    }

    private static Transfer pulled(String resource, Path folder, List<Message.CarriedFile> files) throws IOException {
        for (Message.CarriedFile file : files) {
            Path to = inside(folder, file.path());
            Files.createDirectories(to.getParent());
            Files.write(to, new byte[0]);
            if (file.executable() && !to.toFile().setExecutable(true)) {
                throw new IOException(to + " cannot be made executable");
            }
        }
        return new Transfer(
                resource,
                tensors(files),
                (tensor, offset, piece) -> write(inside(folder, tensor.name()), tensor.bytes(), offset, piece));
    }

    /** @param bytes of the whole file */
    private static void write(Path file, long bytes, long offset, ByteBuffer piece) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long position = offset;
            while (piece.hasRemaining()) {
                position += out.write(piece, position);
            }
        } catch (IOException e) {
            throw FileProblem.writing(file, bytes, e);
        }
    }

    /**
     * The transfer of one file, which goes on where a former one was ended.
     *
     * @param resource the name under which the other end offers it
     * @param to an existing file; what is in it came with a former transfer of the same
     */
    public static Transfer one(String resource, Message.CarriedFile file, Path to) throws IOException {
        return one(resource, file, to, bytes -> {});
    }

    /**
     * The same, watched.
     *
     * @param here is told how many bytes of the file are here, with each piece that comes
     */
    public static Transfer one(String resource, Message.CarriedFile file, Path to, LongConsumer here)
            throws IOException {
        Transfer transfer = new Transfer(resource, tensors(List.of(file)), (tensor, offset, piece) -> {
            long end = offset + piece.remaining();
            write(to, tensor.bytes(), offset, piece);
            here.accept(end);
        });
        try (FileChannel there = FileChannel.open(to, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            there.truncate(file.bytes());
            ByteBuffer piece = ByteBuffer.allocate(PIECE);
            while (there.read(piece.clear()) >= 0) {
                transfer.goOnBehind(piece.flip());
            }
        }
        return transfer;
    }

    /**
     * A file within a folder.
     *
     * @throws Refusal when the path leads out of it
     */
    public static Path place(Path folder, String path) {
        return inside(folder, path);
    }

    private static List<TensorSpec> tensors(List<Message.CarriedFile> files) {
        for (Message.CarriedFile file : files) {
            if (file.bytes() < 0) {
                throw new Refusal("'" + file.path() + "' has a size of " + file.bytes() + " bytes; no file has");
            }
        }
        return files.stream()
                .map(file -> new TensorSpec(
                        SECTION, file.path(), DType.U8, Shape.of(file.bytes()), Collections.emptySortedMap()))
                .toList();
    }

    /**
     * A file within a folder.
     *
     * @throws Refusal when the path leads out of it
     */
    private static Path inside(Path folder, String path) {
        boolean plain = !path.isEmpty()
                && path.chars().allMatch(c -> c >= ' ' && c != '\\' && c != ':' && c != 0x7f)
                && Stream.of(path.split("/", -1))
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
        if (!plain) {
            throw new Refusal("'" + path + "' is no path of a file beside a job file");
        }
        if (path.length() > LONGEST_PATH
                || Stream.of(path.split("/", -1))
                        .anyMatch(part -> part.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME)) {
            throw new Refusal(
                    "'" + path.substring(0, Math.min(path.length(), SHOWN)) + "…' is too long for a file's path: "
                            + LONGEST_NAME + " bytes a name and " + LONGEST_PATH + " characters in all are allowed");
        }
        return folder.resolve(path);
    }

    private record Offered(SortedMap<String, Path> files, List<TensorSpec> tensors) implements TensorReader {

        @Override
        public Manifest manifest() {
            return new Manifest("", tensors, List.of(), "");
        }

        @Override
        public void read(TensorSpec tensor, long first, float[] into, int count) {
            throw new IllegalArgumentException("a file is read as bytes");
        }

        @Override
        public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
            Path file = Optional.ofNullable(files.get(tensor.name())).orElseThrow();
            try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
                long position = offset;
                while (into.hasRemaining()) {
                    int read = in.read(into, position);
                    if (read < 0) {
                        throw new EOFException(file + " became shorter while it was sent");
                    }
                    position += read;
                }
            }
        }

        @Override
        public Optional<Path> file() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }
}
