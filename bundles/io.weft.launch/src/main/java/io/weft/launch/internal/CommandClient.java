package io.weft.launch.internal;

import io.weft.launch.Command;
import io.weft.launch.internal.SocketStreams.Interrupted;
import io.weft.launch.internal.SocketStreams.OutOfPatience;
import io.weft.launch.internal.SocketStreams.Patient;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/** Has a command line answered by a process that runs in this home. */
final class CommandClient {

    private final Home home;
    private final Duration patience;
    private final PrintStream out;
    private final PrintStream err;

    /**
     * Prepares to ask.
     *
     * @param patience how long a process may take until it says that it works on it
     */
    CommandClient(Home home, Duration patience, PrintStream out, PrintStream err) {
        this.home = home;
        this.patience = patience;
        this.out = out;
        this.err = err;
    }

    /** The exit code, when there is a process that answers such a command; of several, the one that has run for longest. */
    OptionalInt ask(List<String> words) throws IOException, InterruptedException {
        if (words.isEmpty()) {
            return OptionalInt.empty();
        }
        for (Path folder : answering(words)) {
            OptionalInt exit = ask(folder, words);
            if (exit.isPresent()) {
                return exit;
            }
        }
        return OptionalInt.empty();
    }

    private List<Path> answering(List<String> asked) throws IOException {
        String word = asked.get(0);
        List<Path> folders;
        try (Stream<Path> entries = Files.list(home.runs())) {
            folders = entries.filter(Files::isDirectory).toList();
        }
        record Listening(Path folder, long since) {}
        List<Listening> found = new ArrayList<>();
        for (Path folder : folders) {
            CommandSocket socket = new CommandSocket(folder);
            Set<String> answered = socket.words();
            if (answered.contains(word) || (asked.size() > 1 && answered.contains(word + Command.WITH_MORE))) {
                found.add(new Listening(folder, socket.since()));
            }
        }
        return found.stream()
                .sorted((one, other) -> Long.compare(one.since(), other.since()))
                .map(Listening::folder)
                .toList();
    }

    private OptionalInt ask(Path folder, List<String> words) throws IOException, InterruptedException {
        // A folder is called like its process, with a number behind it when that name was taken.
        String process = folder.getFileName().toString().replaceAll("-.*", "");
        try {
            Optional<SocketChannel> connected = connect(new CommandSocket(folder));
            return connected.isEmpty() ? OptionalInt.empty() : converse(connected.get(), words, process);
        } catch (OutOfPatience e) {
            err.println("weft: process " + process + ", which runs in the home " + home.root()
                    + ", has not answered for " + patience.toSeconds() + " s; end it with 'kill " + process
                    + "', or name another home with --home DIR");
            return OptionalInt.of(Command.FAILED);
        } catch (Interrupted e) {
            throw new InterruptedException();
        }
    }

    private OptionalInt converse(SocketChannel connected, List<String> words, String process) throws IOException {
        boolean taken = false;
        boolean ending = false;
        try (SocketChannel channel = connected;
                Selector selector = Selector.open()) {
            var request = new DataOutputStream(new BufferedOutputStream(SocketStreams.output(channel)));
            Frame.writeRequest(request, words);
            request.flush();
            Patient patient = new Patient(channel, selector, patience);
            DataInputStream in = new DataInputStream(new BufferedInputStream(patient));
            while (true) {
                Frame frame = Frame.readFrom(in);
                switch (frame.kind()) {
                    case TAKEN -> {
                        taken = true;
                        patient.waitForever();
                    }
                    case OUT -> frame.printTo(out);
                    case ERR -> frame.printTo(err);
                    case ENDING -> ending = true;
                    case EXIT -> {
                        return OptionalInt.of(frame.exitCode());
                    }
                }
            }
        } catch (OutOfPatience | Interrupted e) {
            throw e;
        } catch (IOException e) {
            if (ending) {
                return OptionalInt.of(Command.DONE); // It is gone, as it was asked to.
            }
            if (!taken) {
                return OptionalInt.empty(); // It was just about to end.
            }
            err.println("weft: process " + process + ", which runs in the home " + home.root()
                    + ", ended before it had answered"
                    + (e instanceof EOFException ? "" : " (" + e.getMessage() + ")"));
            return OptionalInt.of(Command.FAILED);
        }
    }

    /** Nobody listens where a process was killed; its folder is removed with the next start of a framework. */
    private static Optional<SocketChannel> connect(CommandSocket socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            // A process that hangs and has a full queue already must not make this one hang.
            channel.configureBlocking(false);
            if (!channel.connect(socket.address())) {
                throw new OutOfPatience();
            }
            return Optional.of(channel);
        } catch (OutOfPatience e) {
            channel.close();
            throw e;
        } catch (IOException e) {
            channel.close();
            return Optional.empty();
        }
    }
}
