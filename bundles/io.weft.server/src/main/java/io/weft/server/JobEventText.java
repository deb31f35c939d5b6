package io.weft.server;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/** Events of a job as lines of JSON, for who watches from elsewhere. */
public final class JobEventText {

    private static final ObjectMapper JSON = new ObjectMapper()
            .addMixIn(JobEvent.class, Named.class)
            .registerModule(new SimpleModule()
                    .addSerializer(Path.class, new PathText())
                    .addDeserializer(Path.class, new TextPath())
                    .addSerializer(Optional.class, new OptionalText())
                    .addDeserializer(Optional.class, new TextOptional()));

    private JobEventText() {}

    /** Which event it is stands in the field {@code event}. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = JobEvent.Started.class, name = "started"),
        @JsonSubTypes.Type(value = JobEvent.Resumed.class, name = "resumed"),
        @JsonSubTypes.Type(value = JobEvent.RoundStarted.class, name = "round-started"),
        @JsonSubTypes.Type(value = JobEvent.SiteStep.class, name = "progress"),
        @JsonSubTypes.Type(value = JobEvent.SiteDone.class, name = "site-done"),
        @JsonSubTypes.Type(value = JobEvent.Transferred.class, name = "transferred"),
        @JsonSubTypes.Type(value = JobEvent.Wrote.class, name = "output"),
        @JsonSubTypes.Type(value = JobEvent.Coded.class, name = "coded"),
        @JsonSubTypes.Type(value = JobEvent.Validated.class, name = "validated"),
        @JsonSubTypes.Type(value = JobEvent.RoundFinished.class, name = "round-finished"),
        @JsonSubTypes.Type(value = JobEvent.Noted.class, name = "note"),
        @JsonSubTypes.Type(value = JobEvent.SiteFailed.class, name = "site-failed"),
        @JsonSubTypes.Type(value = JobEvent.SiteLate.class, name = "late"),
        @JsonSubTypes.Type(value = JobEvent.StateChanged.class, name = "state"),
    })
    private interface Named {}

    public static String of(JobEvent event) {
        try {
            return JSON.writerFor(JobEvent.class).writeValueAsString(event);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The event that a line stands for.
     *
     * @throws IOException when it is none
     */
    public static JobEvent parse(String line) throws IOException {
        return JSON.readValue(line, JobEvent.class);
    }

    private static final class PathText extends JsonSerializer<Path> {
        @Override
        public void serialize(Path path, JsonGenerator to, SerializerProvider provider) throws IOException {
            to.writeString(path.toString());
        }
    }

    private static final class TextPath extends JsonDeserializer<Path> {
        @Override
        public Path deserialize(JsonParser from, DeserializationContext context) throws IOException {
            return Path.of(from.getValueAsString());
        }
    }

    /** All that is optional in events is text. */
    @SuppressWarnings("rawtypes") // Jackson asks for the raw class.
    private static final class OptionalText extends JsonSerializer<Optional> {
        @Override
        public void serialize(Optional value, JsonGenerator to, SerializerProvider provider) throws IOException {
            if (value.isPresent()) {
                to.writeString((String) value.get());
            } else {
                to.writeNull();
            }
        }
    }

    @SuppressWarnings("rawtypes") // Jackson asks for the raw class.
    private static final class TextOptional extends JsonDeserializer<Optional> {
        @Override
        public Optional<String> deserialize(JsonParser from, DeserializationContext context) throws IOException {
            return Optional.of(from.getValueAsString());
        }

        @Override
        public Optional<String> getNullValue(DeserializationContext context) {
            return Optional.empty();
        }
    }
}
