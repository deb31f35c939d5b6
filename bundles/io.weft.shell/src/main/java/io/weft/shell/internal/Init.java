package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.job.JobFile;
import io.weft.launch.Command;
import io.weft.lm.DatasetDescription;
import io.weft.lm.Datasets;
import io.weft.plugins.Plugins;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft init}: a job file for what lies in a folder. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=init"})
public final class Init implements ShellCommand {

    private static final String FILE = "job.yaml";

    private static final Manual MANUAL = new Manual(
            "init",
            "Looks at a base and records, and writes a job file that works for them.",
            Optional.of("FOLDER"),
            true,
            List.of(Flag.with(Evaluate.MODEL, "DIR", "the base; without it, the one checkpoint in FOLDER")),
            List.of(
                    "FOLDER holds the records: sites/<site>/<dataset>.jsonl for every site, or one <dataset>.jsonl that a simulation"
                            + " deals to sites. A dataset whose name ends in eval, validation, valid, val, dev or test is validated"
                            + " on. The template, the length and the learning rate come from the records and the base; a comment"
                            + " says why.",
                    "FOLDER/job.yaml is never overwritten. Exit code: 0 written, 1 failed, 2 refused."),
            List.of("weft init clinics", "weft init notes --model models/SmolLM2-135M"));

    private final Datasets datasets;
    private final Plugins plugins;

    @Activate
    public Init(@Reference Datasets datasets, @Reference Plugins plugins) {
        this.datasets = datasets;
        this.plugins = plugins;
    }

    /** The Gogo command. */
    public void init(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException {
        Path folder = arguments.operandPath();
        if (!Files.isDirectory(folder)) {
            throw new Refusal("there is no folder " + folder + "; make it, and put the base and the records into it");
        }
        Path file = folder.resolve(FILE);
        if (Files.exists(file)) {
            throw new Refusal(file + " is there already; move it away to have another written");
        }
        FoundData data = FoundData.in(folder);
        Optional<Path> named = arguments.path(Evaluate.MODEL);
        FoundModel model = named.isPresent() ? FoundModel.at(named.get(), plugins) : FoundModel.in(folder, plugins);
        Optional<String> template = data.template(datasets);
        DatasetDescription records = data.describe(datasets, template, model.manifest());
        var draft = new JobDraft(file, model, data, template, records);
        String text = draft.text();
        JobFile.parse(text, file.toString());
        Durable.write(file, text.getBytes(StandardCharsets.UTF_8));
        screen.out().print(text);
        screen.err().println();
        screen.err().println("written to " + file + "; see what it takes, and run it:");
        for (String command : List.of("plan", "simulate")) {
            screen.err().println("  " + screen.command(command + " " + draft.arguments(file)));
        }
        return Command.DONE;
    }
}
