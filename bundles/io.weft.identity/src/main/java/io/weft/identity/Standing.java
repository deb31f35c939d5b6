package io.weft.identity;

import java.time.Instant;
import java.util.Optional;

/**
 * How a participant stands after provisioning.
 *
 * @param until the end of the newest certificate; empty where there is none
 * @param fingerprint the SHA-256 of that certificate's key, in hexadecimal digits, as the key's owner was told it
 */
public record Standing(Identity identity, State state, Optional<Instant> until, Optional<String> fingerprint) {

    /** What there is of a participant. */
    public enum State {
        /** A kit was made. */
        MADE("made"),
        /** The kit was there. */
        KEPT("kept"),
        /** The kit was there, and its settings are the project file's again. */
        UPDATED("kit.yaml is new"),
        /** There is a valid certificate, and the kit is elsewhere. */
        ELSEWHERE("kit is elsewhere"),
        /** The participant makes the key, and no request was approved yet. */
        AWAITED("waits for a request"),
        /** A request was approved. */
        APPROVED("approved"),
        /** The newest certificate was revoked. */
        REVOKED("revoked"),
        /** The newest certificate expired. */
        EXPIRED("expired"),
        /** There is a valid certificate, and the project file does not name the participant any more. */
        UNNAMED("not in the project file");

        private final String words;

        State(String words) {
            this.words = words;
        }

        /** As a person reads it. */
        public String words() {
            return words;
        }
    }
}
