package io.weft.client.internal.session;

import io.weft.client.NotConnected;
import io.weft.client.internal.wire.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How a process reaches its site.
 *
 * @param control the site's socket
 * @param token what the site knows its program by
 */
record Address(Path control, String token) {

    /** What the site that started this process put into its environment, or the file that WEFT_ATTACH names. */
    static Optional<Address> told() {
        Optional<String> control = variable("WEFT_CONTROL");
        Optional<String> token = variable("WEFT_TOKEN");
        if (control.isPresent() && token.isPresent()) {
            return Optional.of(new Address(Path.of(control.get()), token.get()));
        }
        return variable("WEFT_ATTACH").map(file -> read(Path.of(file)));
    }

    private static Address read(Path file) {
        try {
            Map<String, Object> told = JsonText.object(Files.readString(file));
            return new Address(Path.of(String.valueOf(told.get("control"))), String.valueOf(told.get("token")));
        } catch (IOException e) {
            throw new NotConnected(
                    "WEFT_ATTACH names " + file + ", which cannot be read: no site waits for a trainer there", e);
        }
    }

    static Optional<String> variable(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isEmpty());
    }
}
