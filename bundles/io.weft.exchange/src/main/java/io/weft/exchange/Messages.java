package io.weft.exchange;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.weft.api.plugin.Summary;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Messages as CBOR (RFC 8949), within bounds that hold before anything is built from them. */
final class Messages {

    /** The largest message: a manifest of a hundred thousand tensors fits. */
    static final int MAX_BYTES = 16 << 20;

    private static final int MAX_DEPTH = 32;

    private static final ObjectMapper CBOR = new ObjectMapper(CBORFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxDocumentLength(MAX_BYTES)
                            .maxStringLength(MAX_BYTES)
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .addMixIn(Summary.class, SummaryKinds.class)
            // A later minor version may add fields.
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

    /** Says on the wire which kind of summary it is; the values themselves are the plugins' and know no wire. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Summary.Scalar.class, name = "scalar"),
        @JsonSubTypes.Type(value = Summary.Text.class, name = "text"),
        @JsonSubTypes.Type(value = Summary.Histogram.class, name = "histogram"),
    })
    private interface SummaryKinds {}

    private Messages() {}

    static byte[] encode(Message message) {
        try {
            byte[] bytes = CBOR.writerFor(Message.class).writeValueAsBytes(message);
            if (bytes.length > MAX_BYTES) {
                throw new IllegalArgumentException("a message of " + bytes.length + " bytes is too large");
            }
            return bytes;
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Message decode(byte[] bytes) throws ProtocolException {
        try {
            return CBOR.readValue(bytes, Message.class);
        } catch (InvalidTypeIdException e) {
            if (e.getTypeId() == null) {
                throw new ProtocolException("a message does not say which it is", e);
            }
            throw new UnknownMessage(e.getTypeId());
        } catch (JsonProcessingException e) {
            throw new ProtocolException("a message cannot be read: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ProtocolException("a message cannot be read: " + e.getMessage(), e);
        }
    }
}
