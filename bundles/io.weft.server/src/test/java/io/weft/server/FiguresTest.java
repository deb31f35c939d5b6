package io.weft.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {

    @ParameterizedTest
    @CsvSource({
        "0,0 B",
        "999,999 B",
        "1000,1.0 kB",
        "1234567,1.2 MB",
        "999999,1.0 MB",
        "123456789,123 MB",
        "5000000000000000,5000 TB"
    })
    void showsBytes(long bytes, String shown) {
        assertEquals(shown, Figures.bytes(bytes));
    }

    @ParameterizedTest
    @CsvSource({"0.4,0s", "59.4,59s", "59.6,1m00s", "125,2m05s", "7325,2h02m"})
    void showsDurations(double seconds, String shown) {
        assertEquals(shown, Figures.duration(seconds));
    }

    @ParameterizedTest
    @CsvSource({"0.0412,0.04 s", "9.99,9.99 s", "12.34,12.3 s", "59.96,1m00s", "7325,2h02m"})
    void showsWhatWasTaken(double seconds, String shown) {
        assertEquals(shown, Figures.taken(seconds));
    }
}
