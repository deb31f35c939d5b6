package io.weft.shell.internal;

import io.weft.api.training.CheckpointFormat;
import io.weft.launch.Command;
import io.weft.lm.AdapterMerge;
import io.weft.lm.LanguageModels;
import io.weft.lm.MergeRequest;
import io.weft.lm.Merged;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import io.weft.server.Figures;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft merge}: an adapter becomes part of its base. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=merge"},
        // Where there are no language models there is nothing to merge, and not all of this class.
        reference = @Reference(name = "models", service = LanguageModels.class))
public final class Merge implements ShellCommand {

    private static final String OUT = "--out";

    private static final Manual MANUAL = new Manual(
            "merge",
            "Folds an adapter into its base: the result is a checkpoint like any other.",
            Optional.empty(),
            false,
            List.of(
                    Flag.needed(Evaluate.MODEL, "DIR", "the folder of the base checkpoint"),
                    Flag.needed(
                            Evaluate.ADAPTER, "DIR", "the folder of an adapter for it, such as the result/ of a run"),
                    Flag.needed(
                            OUT, "DIR", "where the merged checkpoint goes; a folder that is empty or not there yet")),
            List.of(
                    "The weights become W + scale · B·A, summed in fp64 and rounded once to the type that they have in the base;"
                            + " biases and whole modules that the adapter saved take their places. Configuration and tokenizer"
                            + " are the base's. Where the base ties its output projection to its embeddings and the adapter saved either of"
                            + " them whole (`modules_to_save`), the merged checkpoint has both, and `tie_word_embeddings` is false"
                            + " in its config.json. It goes tensor by tensor, so a model larger than memory is no problem, and OUT"
                            + " appears only when everything is written.",
                    "An adapter for another base is refused: one whose tensors do not fit, and, where the folder that the adapter"
                            + " names as its base is on this machine, one whose base has another digest.",
                    "Exit code: 0 merged, 1 failed, 2 refused before it began, 130 interrupted."),
            List.of(
                    "weft merge --model models/SmolLM2-135M --adapter runs/first/result --out models/SmolLM2-135M-first"));

    private final Plugins plugins;

    @Activate
    public Merge(@Reference Plugins plugins) {
        this.plugins = plugins;
    }

    /** The Gogo command. */
    public void merge(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        var request = new MergeRequest(
                arguments.path(Evaluate.MODEL).orElseThrow(),
                arguments.path(Evaluate.ADAPTER).orElseThrow(),
                arguments.path(OUT).orElseThrow());
        try (Lease<CheckpointFormat> format = Formats.ofBase(request.model(), plugins);
                Strategies strategies = new Strategies(plugins)) {
            Merged merged = AdapterMerge.run(request, format.plugin(), strategies.all());
            screen.out()
                    .println(request.out() + ": " + Figures.bytes(merged.bytes()) + ", " + merged.changed() + " of "
                            + merged.tensors() + " tensors changed by the adapter");
        }
        return Command.DONE;
    }
}
