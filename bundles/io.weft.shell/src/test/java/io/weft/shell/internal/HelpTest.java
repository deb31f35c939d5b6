package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class HelpTest {

    private static final List<ShellCommand> COMMANDS = List.of(
            new Version("1.2.3"),
            new Approve(null),
            new Data(null, null),
            new Simulate(
                    new OneService<>(null),
                    new OneService<>(new FakeResumption()),
                    new OneService<>(new FakeModels()),
                    null,
                    new OneFormat(),
                    Path.of("home"),
                    () -> 0),
            new Evaluate(new OneService<>(null), null),
            new Generate(new OneService<>(null), null),
            new Init(null, null),
            new Inspect(null),
            new Merge(null),
            new Plan(new OneService<>(null), null, Path.of("home")),
            new ListDatasets(null, null),
            new ListModels(null, null),
            new ListPlugins(null, null),
            new Provision(),
            new Request(),
            new Submit(null),
            new Jobs(null),
            new Watch(null),
            new Logs(null),
            new Stop(null, null, Path.of("home")),
            new CloneJob(null),
            new DeleteJob(null),
            new Fetch(null),
            new Verify(null, null, Path.of("home")),
            new Sites(null),
            new Page(null),
            new Start(null, null, Path.of("home")),
            new Status(null, null, Path.of("home")),
            new Check(null, Path.of("home")),
            new InteractiveShell(null),
            new WireSizes(null));

    private final Recording recording = new Recording();

    @Test
    void listsEveryCommandWithASentence() throws InterruptedException {
        assertEquals(0, help());
        for (String name : List.of(
                "simulate",
                "approve",
                "data",
                "datasets",
                "evaluate",
                "generate",
                "init",
                "inspect",
                "merge",
                "models",
                "plan",
                "plugins",
                "provision",
                "request",
                "shell",
                "wire-sizes",
                "help",
                "version")) {
            assertTrue(recording.out().contains("\n  weft " + name + " "), name);
        }
    }

    @Test
    void explainsOneCommandWithAnExample() throws InterruptedException {
        help("simulate");

        assertTrue(
                recording
                        .out()
                        .contains(
                                "\n  weft simulate [JOB] [--sites DIR] [--split FILE:N[:ALPHA]] [--out DIR] [--resume ID] [--parallel N] [--json]\n"));
        assertTrue(recording.out().contains("\nExamples:\n  weft simulate examples/quickstart/job.yaml\n"));
    }

    @Test
    void namesTheNearestCommand() throws InterruptedException {
        assertEquals(2, help("simluate"));
        assertEquals(
                "weft: there is no command 'simluate'; did you mean 'simulate'? (there are: approve, check, clone, data, datasets, delete, evaluate, fetch, generate, help, "
                        + "init, inspect, jobs, logs, merge, models, page, plan, plugins, provision, request, shell, simulate, sites, start, status, stop, submit, verify, version, watch, wire-sizes)\n",
                recording.err());
    }

    @Test
    void saysInWhichArchiveACommandIsThatThisOneHasNot() throws InterruptedException {
        var here = new Help(List.of(new Version("1.2.3")));
        for (String name : List.of("start", "approve", "simulate")) {
            assertEquals(2, Session.run(recording.screen(), () -> here.run(List.of(name), recording.screen())));
        }

        assertEquals("""
                weft: 'start' is a command of the archives of server and site, and this is another one
                weft: 'approve' is a command of the archive of a site, and this is another one
                weft: 'simulate' is a command of the workbench, and this is another one
                """, recording.err());
    }

    @Test
    void showsTheVersion() throws IOException, InterruptedException {
        new Version("1.2.3").run(List.of(), recording.screen());

        assertTrue(recording.out().startsWith("weft 1.2.3 (Java "));
    }

    /** With -Dweft.docs=write the page is written instead of checked. */
    @Test
    void isTheTextOfTheCommandReference() throws IOException {
        Path page = Path.of(System.getProperty("basedir", "."), "../../docs/commands.md");
        String text = Files.exists(page) ? Files.readString(page) : "";
        String begin = "<!-- begin: written from the commands' own manuals -->\n";
        String end = "<!-- end -->\n";
        var all = new Help(COMMANDS);
        String expected = COMMANDS.stream()
                .map(ShellCommand::manual)
                .map(Manual::name)
                .sorted()
                .map(name -> all.named(name).manual().markdown())
                .collect(Collectors.joining("\n", begin, "\n" + all.manual().markdown() + end));

        if ("write".equals(System.getProperty("weft.docs"))) {
            String before = text.contains(begin) ? text.substring(0, text.indexOf(begin)) : text;
            String after = text.contains(end) ? text.substring(text.indexOf(end) + end.length()) : "";
            Files.writeString(page, before + expected + after);
        } else {
            assertTrue(
                    text.contains(expected),
                    "docs/commands.md is not what the commands say; run mvn -pl bundles/io.weft.shell -am test -Dweft.docs=write");
        }
    }

    private int help(String... words) throws InterruptedException {
        var command = new Help(COMMANDS);
        return Session.run(recording.screen(), () -> command.run(List.of(words), recording.screen()));
    }
}
