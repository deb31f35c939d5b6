package io.weft.simulate.internal;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The lines of a file of records, but the blank ones. Bytes are kept as they are, whatever they mean: who trains on them says what is
 * wrong with them.
 */
record RecordLines(Path file) {

    long count() throws IOException {
        long count = 0;
        try (BufferedReader in = open()) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                count += line.isBlank() ? 0 : 1;
            }
        }
        return count;
    }

    /** Copies lines at equal distances, at most so many; gives how many. */
    long spread(int most, Path to) throws IOException {
        long all = count();
        long wanted = Math.min(all, most);
        long copied = 0;
        try (BufferedReader in = open();
                BufferedWriter out = Files.newBufferedWriter(to, StandardCharsets.ISO_8859_1)) {
            long number = 0;
            for (String line = in.readLine(); line != null && copied < wanted; line = in.readLine()) {
                // The middle of each of so many equal parts.
                if (!line.isBlank() && number++ == (2 * copied + 1) * all / (2 * wanted)) {
                    out.write(line);
                    out.write('\n');
                    copied++;
                }
            }
        }
        return copied;
    }

    private BufferedReader open() throws IOException {
        return Files.newBufferedReader(file, StandardCharsets.ISO_8859_1);
    }
}
