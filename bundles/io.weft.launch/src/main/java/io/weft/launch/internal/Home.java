package io.weft.launch.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The folder of one runtime: {@code kit conf plugins data}. */
record Home(Path root) {

    private static final long ROOM = 16_000_000;

    /**
     * Chooses the home: what the command line names, else the environment, else the installation when it can be written, else a
     * folder of the user's; and sees to it that it can be written.
     */
    static Home choose(Optional<Path> named, Optional<String> environment, Installation installation, Path userFolder) {
        Path root = named.or(() -> environment.filter(text -> !text.isBlank()).map(Path::of))
                .or(() -> Optional.of(installation.root()).filter(folder -> installation.isWritable()))
                .orElseGet(() -> userFolder.resolve(".weft"));
        Home home = new Home(root.toAbsolutePath().normalize());
        try {
            Files.createDirectories(home.runs());
            Files.createDirectories(home.logs());
        } catch (IOException e) {
            throw new Unstartable(
                    "the home " + home.root() + " cannot be written (" + e.getMessage()
                            + "); name a folder that can be with --home DIR or WEFT_HOME",
                    e);
        }
        return home;
    }

    /**
     * Sees to it that a framework has room for its cache; without, it would complain of each of its bundles.
     *
     * @param usable what is left, in bytes
     */
    void requireRoom(long usable) {
        if (usable < ROOM) {
            throw new Unstartable(
                    "there are " + usable / 1000 + " kB left for the home " + root + ", and a framework takes up to "
                            + ROOM / 1_000_000 + " MB; make room, or name another folder with --home DIR or WEFT_HOME");
        }
    }

    /** What is left for this home, in bytes. */
    long usable() throws IOException {
        return Files.getFileStore(root).getUsableSpace();
    }

    Path conf() {
        return root.resolve("conf");
    }

    Path runs() {
        return root.resolve("data").resolve("run");
    }

    /**
     * Where a process that runs this writes its log. In the home of a server or a site, which has a kit, {@code weft.log} is that of who
     * lives there, and one-shot commands have a log of their own.
     */
    Path log(List<String> arguments) {
        boolean lives = arguments.stream().limit(1).anyMatch("start"::equals);
        return logs().resolve(lives || !Files.isDirectory(root.resolve("kit")) ? "weft.log" : "commands.log");
    }

    Path logs() {
        return root.resolve("data").resolve("log");
    }
}
