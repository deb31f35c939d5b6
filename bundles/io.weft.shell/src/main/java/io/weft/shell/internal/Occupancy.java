package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.launch.Resident;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.osgi.service.component.annotations.Component;

/** Who lives in the home while this process does: one server or site at a time, over all processes. */
@Component(service = Occupancy.class)
public final class Occupancy {

    /** The file says which process it is; the lock on it, whether that lives. */
    private static final String FILE = "resident.pid";

    private volatile Optional<Resident.Residence> residence = Optional.empty();

    /** Told when the resident is ready. */
    @FunctionalInterface
    interface Ready {
        void at(Resident.Residence residence) throws InterruptedException;
    }

    /** Who lives here now. */
    Optional<Resident.Residence> residence() {
        return residence;
    }

    /**
     * Lives in a home until the thread is interrupted.
     *
     * @throws Refusal when another process lives there, or something in the home is not right
     */
    void live(Resident resident, Path home, Ready ready) throws IOException, InterruptedException {
        Path file = Files.createDirectories(home.resolve("data")).resolve(FILE);
        try (FileChannel channel = FileChannel.open(
                        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock(Long.MAX_VALUE - 1, 1, false)) {
            if (lock == null) {
                throw new Refusal("Weft runs in " + home + " already: process "
                        + Files.readString(file, StandardCharsets.UTF_8).strip()
                        + "; 'weft stop --home " + home + "' ends it");
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)));
            try (Resident.Residence opened = resident.open(home)) {
                residence = Optional.of(opened);
                ready.at(opened);
                new CountDownLatch(1).await();
            } finally {
                residence = Optional.empty();
                Files.deleteIfExists(file);
            }
        }
    }
}
