package io.weft.api.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RefusalTest {

    @Test
    void isOneLineWhateverWasFound() {
        assertEquals(
                "tensor 'a b' of the file c d is no tensor",
                new Refusal("tensor 'a\r\nb' of the file\u001bc\u202ed is\u0000\u2028no tensor").getMessage());
    }
}
