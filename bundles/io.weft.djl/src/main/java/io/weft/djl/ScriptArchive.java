package io.weft.djl;

import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** The TorchScript archive (format 10) of a module without parameters: five stored entries of a zip file. */
final class ScriptArchive {

    private static final String CLASS = """
            class Program(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
            """;

    private static final Pattern DEFINITION = Pattern.compile("(?m)^def (\\w+)\\(");
    private static final Pattern LINE = Pattern.compile("(?m)^(?=.)");

    private ScriptArchive() {}

    /** Loads the program as a module that the manager's device holds. */
    static PtSymbolBlock load(PtNDManager manager, String text) {
        try {
            return JniUtils.loadModule(manager, new ByteArrayInputStream(of(text)), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] of(String text) {
        String methods = DEFINITION.matcher(text).replaceAll("def $1(self: __torch__.Program, ");
        String source = CLASS + LINE.matcher(methods).replaceAll("  ") + "\n";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "data.pkl", instance());
            store(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
            store(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            store(zip, "version", ascii("10\n"));
            store(zip, "byteorder", ascii("little"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** The pickle of {@code __torch__.Program} with {@code training = True}. */
    private static byte[] instance() {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.writeBytes(new byte[] {(byte) 0x80, 2});
        pickle.writeBytes(ascii("c__torch__\nProgram\n"));
        pickle.writeBytes(new byte[] {'q', 0, ')', (byte) 0x81, '}', 'q', 1, '(', 'X', 8, 0, 0, 0});
        pickle.writeBytes(ascii("training"));
        pickle.writeBytes(new byte[] {'q', 2, (byte) 0x88, 'u', 'b', 'q', 3, '.'});
        return pickle.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry("program/" + name);
        CRC32 checksum = new CRC32();
        checksum.update(content);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCompressedSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
