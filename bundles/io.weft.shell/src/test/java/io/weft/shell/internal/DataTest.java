package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.tensor.Manifest;
import io.weft.api.training.CheckpointFormat;
import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetDescription.Lengths;
import io.weft.lm.DatasetDescription.Rendered;
import io.weft.lm.DatasetDescription.Tokens;
import io.weft.lm.DatasetRequest;
import io.weft.lm.Datasets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class DataTest {

    private final Recording recording = new Recording();
    private final List<DatasetRequest> asked = new ArrayList<>();

    private Optional<Tokens> tokens = Optional.empty();
    private Rendered first = new Rendered(Optional.of("define goblet:"), " a glass");

    @Test
    void printsCountsAndTheFirstRecord() throws InterruptedException {
        assertEquals(0, data("records.jsonl", "--template", "alpaca"));

        assertEquals("""
                records     1,200
                characters  90,000: a record has 3 to 2,000, half of them up to 60, nine in ten up to 150

                first record
                --- prompt
                define goblet:
                --- completion
                 a glass
                ---
                """, recording.out());
        assertEquals("note: records.jsonl:3: not valid JSON (left out)\n", recording.err());
        assertEquals(
                List.of(new DatasetRequest(
                        List.of(Path.of("records.jsonl")), Optional.of("alpaca"), OptionalInt.empty())),
                asked);
    }

    @Test
    void printsTokensWhereThereAreAny() throws InterruptedException {
        tokens = Optional.of(new Tokens(512, new Lengths(1, 20, 50, 700, 30_000), 11_000, 0, 4, 1));
        first = new Rendered(Optional.empty(), "the loom");
        data("records.jsonl");

        assertTrue(recording.out().contains("""
                tokens      30,000: a record has 1 to 700, half of them up to 20, nine in ten up to 50
                labelled    11,000 of them are to be predicted
                too long    5 of 1,200 for 512 tokens

                first record
                --- text
                the loom
                ---
                """), recording.out());
    }

    @Test
    void printsOneObject() throws InterruptedException {
        tokens = Optional.of(new Tokens(512, new Lengths(1, 20, 50, 700, 30_000), 11_000, 0, 4, 1));
        data("records.jsonl", "--json");

        assertEquals(
                "{\"lines\":1201,\"records\":1200,"
                        + "\"characters\":{\"shortest\":3,\"median\":60,\"p90\":150,\"longest\":2000,\"sum\":90000},"
                        + "\"tokens\":{\"shortest\":1,\"median\":20,\"p90\":50,\"longest\":700,\"sum\":30000},"
                        + "\"labelled\":11000,\"maxLength\":512,\"shortenedTexts\":0,\"shortenedPrompts\":4,\"cutAnswers\":1,"
                        + "\"first\":{\"prompt\":\"define goblet:\",\"completion\":\" a glass\"}}\n",
                recording.out());
    }

    @Test
    void aLengthInTokensNeedsATokenizer() throws InterruptedException {
        assertEquals(2, data("records.jsonl", "--max-length", "64"));
        assertTrue(recording.err().contains("--max-length counts tokens, so it needs --model"), recording.err());
    }

    @Test
    void aModelThatIsNotThereIsRefused() throws InterruptedException {
        assertEquals(2, data("records.jsonl", "--model", "nowhere"));
        assertEquals("weft: there is no model nowhere; give the folder of a checkpoint\n", recording.err());
    }

    private int data(String... words) throws InterruptedException {
        var command = new Data(new Fixed(), new FakePlugins(CheckpointFormat.class, Map.of()));
        return Session.run(recording.screen(), () -> command.run(List.of(words), recording.screen()));
    }

    private final class Fixed implements Datasets {

        @Override
        public List<String> templates() {
            return List.of("alpaca");
        }

        @Override
        public DatasetDescription describe(DatasetRequest request, Optional<Manifest> model) {
            asked.add(request);
            return new DatasetDescription(
                    1201,
                    1200,
                    new Lengths(3, 60, 150, 2000, 90_000),
                    tokens,
                    first,
                    List.of("records.jsonl:3: not valid JSON (left out)"));
        }
    }
}
