package io.weft.site;

import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.tensor.DiskFull;
import io.weft.tensor.FileProblem;
import io.weft.tensor.MissingRoom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rests with a job while this site's disk is full, tells the server why, and begins the work anew when there is room. */
final class RoomOnDisk {

    /** How often is looked: no system tells when a disk has room. */
    private static final long LOOK_SECONDS = 2;

    private static final Logger LOG = LoggerFactory.getLogger(RoomOnDisk.class);

    /** What takes room. */
    @FunctionalInterface
    interface Work<T> {
        T done() throws IOException, InterruptedException;
    }

    private final Link link;
    private final Path folder;
    private final Catalogue catalogue;

    /** @param folder of the site's jobs */
    RoomOnDisk(Link link, Path folder, Catalogue catalogue) {
        this.link = link;
        this.folder = folder;
        this.catalogue = catalogue;
    }

    /**
     * Does the work, as often as it finds no room.
     *
     * @throws java.util.concurrent.CancellationException when nobody wants it any more
     */
    <T> T waitedFor(String job, Cancellation cancellation, Work<T> work) throws IOException, InterruptedException {
        while (true) {
            try {
                return work.done();
            } catch (IOException e) {
                Optional<DiskFull> told = FileProblem.full(folder.resolve(job), e);
                if (told.isEmpty()) {
                    throw e;
                }
                DiskFull full = told.get();
                MissingRoom missing = MissingRoom.after(full);
                LOG.warn("job {} waits: {}", job, full.getMessage());
                link.notice(new Message.Waiting(job, catalogue.withoutPaths(full.getMessage())));
                await(missing, cancellation);
                LOG.info("job {} goes on: there is room in {}", job, full.folder());
                link.notice(new Message.Waiting(job, ""));
            }
        }
    }

    private static void await(MissingRoom room, Cancellation cancellation) throws InterruptedException {
        CountDownLatch unwanted = new CountDownLatch(1);
        try (Cancellation.Registration registration = cancellation.onCancel(unwanted::countDown)) {
            while (!room.isThere() && !unwanted.await(LOOK_SECONDS, TimeUnit.SECONDS)) {
                cancellation.check();
            }
            cancellation.check();
        }
    }
}
