package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.training.CheckpointFormat;
import io.weft.launch.Command;
import io.weft.lm.Evaluation;
import io.weft.lm.EvaluationRequest;
import io.weft.lm.LanguageModels;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft evaluate}: how well a model predicts a file of records. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=evaluate"})
public final class Evaluate implements ShellCommand {

    static final String MODEL = "--model";
    static final String ADAPTER = "--adapter";
    private static final String DATA = "--data";
    private static final String TEMPLATE = "--template";
    private static final String MAX_LENGTH = "--max-length";
    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "evaluate",
            "Measures a model, alone or with an adapter, on a file of records.",
            Optional.empty(),
            false,
            List.of(
                    Flag.needed(MODEL, "DIR", "the folder of the checkpoint"),
                    Flag.with(ADAPTER, "DIR", "the folder of an adapter for it, such as the result/ of a run"),
                    Flag.needed(DATA, "FILE", "the records, one JSON object a line"),
                    Flag.with(TEMPLATE, "NAME", "what turns a record's fields into prompt and completion"),
                    Flag.with(MAX_LENGTH, "N", "the most tokens of a record; without it, the model's limit"),
                    Flag.alone(JSON, "prints loss, perplexity, tokenAccuracy, tokens and samples as one JSON object")),
            List.of(
                    "The loss is the mean over the labelled tokens of the whole file: every token but the first of a text, the"
                            + " tokens of the completion of a prompt and completion. It is computed in fp32.",
                    "Exit code: 0 measured, 1 failed, 2 refused before it began, 130 interrupted."),
            List.of("weft evaluate --model models/SmolLM2-135M --adapter runs/first/result --data eval.jsonl"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ComponentServiceObjects<LanguageModels> models;
    private final Plugins plugins;

    /** Takes the language models, and with them the engine, only when they are used. */
    @Activate
    public Evaluate(@Reference ComponentServiceObjects<LanguageModels> models, @Reference Plugins plugins) {
        this.models = models;
        this.plugins = plugins;
    }

    /** The Gogo command. */
    public void evaluate(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        var request = new EvaluationRequest(
                arguments.path(MODEL).orElseThrow(),
                arguments.path(ADAPTER),
                List.of(arguments.path(DATA).orElseThrow()),
                arguments.text(TEMPLATE),
                arguments.count(MAX_LENGTH, 2));
        Evaluation evaluation;
        try (Lease<CheckpointFormat> format = Formats.ofBase(request.model(), plugins);
                Strategies strategies = new Strategies(plugins)) {
            LanguageModels service = models.getService();
            try {
                evaluation = service.evaluate(request, format.plugin(), strategies.all());
            } finally {
                models.ungetService(service);
            }
        }
        evaluation.notes().forEach(note -> screen.err().println("note: " + note));
        if (arguments.has(JSON)) {
            screen.out().println(json(evaluation));
        } else {
            print(evaluation, screen.out());
        }
        return Command.DONE;
    }

    private static ObjectNode json(Evaluation evaluation) {
        return MAPPER.createObjectNode()
                .put("loss", evaluation.loss())
                .put("perplexity", evaluation.perplexity())
                .put("tokenAccuracy", evaluation.tokenAccuracy())
                .put("tokens", evaluation.tokens())
                .put("samples", evaluation.samples());
    }

    private static void print(Evaluation evaluation, PrintStream out) {
        out.println("loss            " + String.format(Locale.ROOT, "%.6f", evaluation.loss()) + " per labelled token");
        out.println("perplexity      " + String.format(Locale.ROOT, "%.4f", evaluation.perplexity()));
        out.println("token accuracy  " + String.format(Locale.ROOT, "%.4f", evaluation.tokenAccuracy()));
        out.println("tokens          " + evaluation.tokens() + " labelled");
        out.println("samples         " + evaluation.samples());
    }
}
