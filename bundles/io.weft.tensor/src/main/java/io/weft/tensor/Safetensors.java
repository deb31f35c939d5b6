package io.weft.tensor;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.tensor.internal.Naming;
import io.weft.tensor.internal.SafetensorsReader;
import io.weft.tensor.internal.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Single safetensors files, in the format of <a href="https://github.com/huggingface/safetensors#format">the safetensors
 * library</a>: an eight-byte length, a JSON header, then all tensors end to end.
 *
 * <p>Nothing is mapped or held whole in memory. Readers check the whole header before they give out anything, may be used by many
 * threads, and close their file when a thread that reads is interrupted, as a {@link java.nio.channels.FileChannel} does. Writers
 * write the bytes that the library's own writer writes for the same tensors with the metadata {@code {"format":"pt"}}.
 */
public final class Safetensors {

    private Safetensors() {}

    /**
     * Opens a file of Weft's own: a stored name {@code section:name}, where the section is made of lower-case letters, digits and
     * hyphens, is a tensor of that section, every other name one of the section {@code model}.
     *
     * @return a reader whose manifest has the file's name as its layout and the tensors in the order in which they lie in the file
     * @throws Refusal when the file is missing or breaks a rule of the format; names the file and the tensor
     */
    public static TensorReader open(Path file) throws IOException {
        return SafetensorsReader.open(file, Naming.SECTIONS);
    }

    /** Opens a file of Weft's own as {@link #open(Path)} does, and refuses it unless it holds exactly these names and shapes. */
    public static TensorReader open(Path file, List<TensorSpec> expected) throws IOException {
        return SafetensorsReader.open(file, Naming.SECTIONS).describedBy(expected);
    }

    /** Opens a file that was made elsewhere: every tensor is one of the section {@code model} under its name as it stands. */
    public static TensorReader openCheckpoint(Path file) throws IOException {
        return SafetensorsReader.open(file, Naming.PLAIN);
    }

    /**
     * Starts a file of Weft's own; a tensor of another section than {@code model} is stored as {@code section:name}.
     *
     * @param file replaced at commit when it exists; missing parent folders are made
     * @param tensors with the types in which they are stored, in any order
     */
    public static TensorWriter create(Path file, List<TensorSpec> tensors) throws IOException {
        return SafetensorsWriter.create(file, tensors, Naming.SECTIONS);
    }

    /** Starts a file of Weft's own as {@link #create} does, whose tensors' digests are wanted. */
    public static DigestedWriter createDigested(Path file, List<TensorSpec> tensors) throws IOException {
        return SafetensorsWriter.create(file, tensors, Naming.SECTIONS);
    }

    /**
     * Starts a file of Weft's own that need not outlive a crash of the machine, such as a model under way: as {@link #create}, but
     * nothing waits for the disk.
     */
    public static TensorWriter createScratch(Path file, List<TensorSpec> tensors) throws IOException {
        return SafetensorsWriter.createScratch(file, tensors, Naming.SECTIONS);
    }

    /** Starts a file for other tools: as {@link #create}, with all names as they stand, and only for the section {@code model}. */
    public static TensorWriter createCheckpoint(Path file, List<TensorSpec> tensors) throws IOException {
        return SafetensorsWriter.create(file, tensors, Naming.PLAIN);
    }

    /** Starts a file for another program that need not outlive a crash of the machine: as {@link #createCheckpoint}, but nothing waits for the disk. */
    public static TensorWriter createScratchCheckpoint(Path file, List<TensorSpec> tensors) throws IOException {
        return SafetensorsWriter.createScratch(file, tensors, Naming.PLAIN);
    }
}
