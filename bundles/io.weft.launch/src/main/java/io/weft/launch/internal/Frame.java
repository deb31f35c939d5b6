package io.weft.launch.internal;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What processes in a home say to each other: a request, which is a command line, and frames in answer to it. */
final class Frame {

    /** The first bytes of a request; another version of it begins with others. */
    private static final int GREETING = 0x57454631; // WEF1

    private static final int MOST_WORDS = 10_000;
    private static final int LONGEST = 1 << 20;

    /** What frames there are. */
    enum Kind {
        /** The command line was taken and is being worked on. */
        TAKEN('t'),
        OUT('o'),
        ERR('e'),
        /** The process ends because it was asked to; the end of the connection is the end of the process. */
        ENDING('z'),
        /** The last one; its content is the exit code. */
        EXIT('x');

        private final int letter;

        Kind(int letter) {
            this.letter = letter;
        }

        private static Kind of(int letter) throws IOException {
            return Arrays.stream(values())
                    .filter(kind -> kind.letter == letter)
                    .findFirst()
                    .orElseThrow(() -> new IOException("there is no frame '" + (char) letter + "'"));
        }
    }

    private final Kind kind;
    private final byte[] content;

    private Frame(Kind kind, byte[] content) {
        this.kind = kind;
        this.content = content;
    }

    static Frame taken() {
        return new Frame(Kind.TAKEN, new byte[0]);
    }

    /** A piece of what the command prints, which may end within a character. */
    static Frame output(Kind stream, byte[] bytes, int from, int count) {
        return new Frame(stream, Arrays.copyOfRange(bytes, from, from + count));
    }

    static Frame ending() {
        return new Frame(Kind.ENDING, new byte[0]);
    }

    static Frame exit(int code) {
        return new Frame(Kind.EXIT, Integer.toString(code).getBytes(StandardCharsets.US_ASCII));
    }

    Kind kind() {
        return kind;
    }

    /** Copies the content to where a person sees it. */
    void printTo(PrintStream stream) {
        stream.write(content, 0, content.length);
        stream.flush();
    }

    static void writeRequest(DataOutput out, List<String> words) throws IOException {
        out.writeInt(GREETING);
        out.writeInt(words.size());
        for (String word : words) {
            write(out, word.getBytes(StandardCharsets.UTF_8));
        }
    }

    static List<String> readRequest(DataInput in) throws IOException {
        if (in.readInt() != GREETING) {
            throw new IOException("this is no request of this version of Weft");
        }
        int count = limited(in.readInt(), MOST_WORDS);
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            words.add(new String(content(in), StandardCharsets.UTF_8));
        }
        return words;
    }

    int exitCode() throws IOException {
        try {
            return Integer.parseInt(new String(content, StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            throw new IOException("the exit code is no number", e);
        }
    }

    void writeTo(DataOutput out) throws IOException {
        out.writeByte(kind.letter);
        write(out, content);
    }

    static Frame readFrom(DataInput in) throws IOException {
        Kind kind = Kind.of(in.readUnsignedByte());
        return new Frame(kind, content(in));
    }

    private static void write(DataOutput out, byte[] content) throws IOException {
        out.writeInt(content.length);
        out.write(content);
    }

    private static byte[] content(DataInput in) throws IOException {
        byte[] content = new byte[limited(in.readInt(), LONGEST)];
        in.readFully(content);
        return content;
    }

    private static int limited(int value, int most) throws IOException {
        if (value < 0 || value > most) {
            throw new IOException("a number is " + value + "; allowed: 0 to " + most);
        }
        return value;
    }
}
