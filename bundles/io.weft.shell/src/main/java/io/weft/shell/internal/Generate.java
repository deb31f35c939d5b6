package io.weft.shell.internal;

import io.weft.api.training.CheckpointFormat;
import io.weft.launch.Command;
import io.weft.lm.GenerationRequest;
import io.weft.lm.LanguageModels;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft generate}: how a model continues a text. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=generate"})
public final class Generate implements ShellCommand {

    private static final String PROMPT = "--prompt";
    private static final String MAX_TOKENS = "--max-tokens";
    private static final String TEMPERATURE = "--temperature";
    private static final String SEED = "--seed";

    private static final int USUAL_TOKENS = 128;

    private static final Manual MANUAL = new Manual(
            "generate",
            "Continues a text with a model, alone or with an adapter.",
            Optional.empty(),
            false,
            List.of(
                    Flag.needed(Evaluate.MODEL, "DIR", "the folder of the checkpoint"),
                    Flag.with(Evaluate.ADAPTER, "DIR", "the folder of an adapter for it, such as the result/ of a run"),
                    Flag.needed(PROMPT, "TEXT", "the text to continue"),
                    Flag.with(
                            MAX_TOKENS,
                            "N",
                            "the most tokens to make; " + USUAL_TOKENS
                                    + " without it, and fewer when the model ends the text"),
                    Flag.with(
                            TEMPERATURE,
                            "T",
                            "0, the default, always takes the likeliest token; larger ones vary more"),
                    Flag.with(SEED, "N", "what a temperature above 0 draws from; 0 without it")),
            List.of(
                    "Standard output is the continuation and nothing else.",
                    "Exit code: 0 generated, 1 failed, 2 refused before it began, 130 interrupted."),
            List.of(
                    "weft generate --model models/SmolLM2-135M --adapter runs/first/result --prompt 'Once upon a time' --max-tokens 40"));

    private final ComponentServiceObjects<LanguageModels> models;
    private final Plugins plugins;

    /** Takes the language models, and with them the engine, only when they are used. */
    @Activate
    public Generate(@Reference ComponentServiceObjects<LanguageModels> models, @Reference Plugins plugins) {
        this.models = models;
        this.plugins = plugins;
    }

    /** The Gogo command. */
    public void generate(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        var request = new GenerationRequest(
                arguments.path(Evaluate.MODEL).orElseThrow(),
                arguments.path(Evaluate.ADAPTER),
                arguments.text(PROMPT).orElseThrow(),
                arguments.count(MAX_TOKENS, 1).orElse(USUAL_TOKENS),
                arguments.number(TEMPERATURE, 0),
                arguments.whole(SEED, Long.MIN_VALUE, Long.MAX_VALUE).orElse(0L));
        try (Lease<CheckpointFormat> format = Formats.ofBase(request.model(), plugins);
                Strategies strategies = new Strategies(plugins)) {
            LanguageModels service = models.getService();
            try {
                service.generate(request, format.plugin(), strategies.all(), piece -> {
                    screen.out().print(piece);
                    screen.out().flush();
                });
            } finally {
                models.ungetService(service);
            }
        }
        screen.out().println();
        return Command.DONE;
    }
}
