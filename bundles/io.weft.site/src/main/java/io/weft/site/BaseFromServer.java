package io.weft.site;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.exchange.CarriedFiles;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.exchange.Transfer;
import io.weft.job.Job;
import io.weft.models.SharedModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * Brings the base of a job that shares it from the server to a site that has none of that name: file by file, going on where a former
 * attempt was ended, and only as a whole to where jobs find it.
 */
final class BaseFromServer {

    private static final int PERCENT = 100;

    /** How often is told how far it is. */
    private static final int STEPS = 20;

    private final SiteSetup setup;
    private final Link link;
    private final Clock clock;

    /**
     * @param clock says when a model came
     */
    BaseFromServer(SiteSetup setup, Link link, Clock clock) {
        this.setup = setup;
        this.link = link;
        this.clock = clock;
    }

    /**
     * Whether the base has to come from the server: not when the site has its own, the job shares none, or brings its first model along.
     *
     * @param job as it is at this site
     */
    boolean isWanted(Message.Prepare asked, Job job) {
        return job.model().share()
                && asked.firstModel().isEmpty()
                && setup.catalogue().sharedModels().isPresent()
                && setup.catalogue().lacksBase(job);
    }

    /**
     * The base, which is here when this returns.
     *
     * @param job as it is at this site, which wants it
     * @throws Refusal when the site takes none, the server has none, or there is no room for it
     */
    Path bring(Message.Prepare asked, Job job, Cancellation cancellation) throws IOException, InterruptedException {
        SharedModels models = setup.catalogue().sharedModels().orElseThrow();
        String name = job.model().base();
        Optional<String> objection = setup.admission().objectionToSharedModels();
        if (objection.isPresent()) {
            throw new Refusal(objection.get() + "; add '" + name + ": {folder: PATH}' to its conf/models.yaml, or take"
                    + " the line away");
        }
        Message.BaseOffered offered = offered(asked.job(), job, cancellation);
        Optional<Path> here = models.find(offered.digest());
        return here.isPresent() ? here.get() : brought(asked, offered, models, cancellation);
    }

    private Message.BaseOffered offered(String id, Job job, Cancellation cancellation)
            throws IOException, InterruptedException {
        String name = job.model().base();
        Message.BaseOffered offered;
        try {
            offered = link.ask(new Message.OfferBase(id), Message.BaseOffered.class, cancellation);
        } catch (Refusal e) {
            throw job.refuse(
                    "there is no base '" + name + "' here, and the server shares none: " + e.getMessage() + "; add '"
                            + name + ": {folder: PATH}' to conf/models.yaml at the site or at the server",
                    "model",
                    "base");
        }
        Optional<String> wanted = job.model().digest();
        boolean one = offered.folder() || offered.files().size() == 1;
        if (!one || wanted.filter(digest -> !digest.equals(offered.digest())).isPresent()) {
            throw new Refusal("the server offers another base '" + name + "' than the job wants, with the digest "
                    + offered.digest());
        }
        checkFiles(offered);
        return offered;
    }

    /** A base is files side by side: what is none is refused before anything of it is asked for. */
    private static void checkFiles(Message.BaseOffered offered) {
        Set<String> names = new HashSet<>();
        long bytes = 0;
        for (Message.CarriedFile file : offered.files()) {
            bytes += file.bytes();
            if (file.path().contains("/") || !names.add(file.path()) || file.bytes() < 0 || bytes < 0) {
                throw new Refusal("the server offers a base '" + offered.name() + "' with a file '" + file.path()
                        + "' of " + file.bytes() + " bytes; a base has files side by side, each once");
            }
        }
    }

    private Path brought(
            Message.Prepare asked, Message.BaseOffered offered, SharedModels models, Cancellation cancellation)
            throws IOException, InterruptedException {
        Path partial = models.gather(offered.digest());
        long bytes =
                offered.files().stream().mapToLong(Message.CarriedFile::bytes).sum();
        checkRoom(offered.name(), bytes, partial);
        Told told = new Told(asked.job(), offered.name(), bytes);
        for (Message.CarriedFile file : offered.files()) {
            pull(asked.job(), file, partial, told, cancellation);
            told.whole(file.bytes());
        }
        Optional<String> file = offered.folder()
                ? Optional.empty()
                : Optional.of(offered.files().get(0).path());
        Path kept = models.keep(
                offered.digest(),
                file,
                offered.name(),
                asked.job(),
                asked.submitter().name(),
                clock.instant());
        link.notice(new Message.Waiting(asked.job(), ""));
        return kept;
    }

    private void checkRoom(String name, long bytes, Path partial) throws IOException {
        long there = 0;
        try (Stream<Path> files = Files.list(partial)) {
            for (Path file : files.toList()) {
                there += Files.size(file);
            }
        }
        long free = Files.getFileStore(partial).getUsableSpace();
        if (bytes - there > free) {
            throw new Refusal("the base '" + name + "' that the server shares takes " + bytes + " bytes, and " + free
                    + " are free in " + partial.getParent() + "; make room there, or add '" + name
                    + ": {folder: PATH}' to conf/models.yaml");
        }
    }

    /** What a former attempt left of a file is kept where it is that of the file, and dropped otherwise. */
    private void pull(String job, Message.CarriedFile file, Path folder, LongConsumer here, Cancellation cancellation)
            throws IOException, InterruptedException {
        Path to = CarriedFiles.place(folder, file.path());
        String resource = job + "/" + CarriedFiles.BASE + "/" + file.path();
        boolean begun = Files.exists(to) && Files.size(to) > 0;
        if (!begun) {
            Files.write(to, new byte[0]);
        }
        here.accept(Math.min(Files.size(to), file.bytes()));
        try {
            link.pull(CarriedFiles.one(resource, file, to, here), cancellation);
        } catch (Refusal e) {
            if (!begun) {
                throw e;
            }
            Files.write(to, new byte[0]);
            Transfer anew = CarriedFiles.one(resource, file, to, here);
            link.pull(anew, cancellation);
        }
    }

    /** Tells the server, which tells whoever watches the job, how far it is. */
    private final class Told implements LongConsumer {

        private final String job;
        private final String name;
        private final long bytes;
        private long before;
        private long last = -1;

        Told(String job, String name, long bytes) {
            this.job = job;
            this.name = name;
            this.bytes = bytes;
        }

        @Override
        public void accept(long ofThisFile) {
            tell(before + ofThisFile);
        }

        void whole(long size) {
            before += size;
        }

        private void tell(long there) {
            long step = bytes == 0 ? STEPS : there * STEPS / bytes;
            if (step != last) {
                last = step;
                link.notice(new Message.Waiting(
                        job,
                        "it receives the base '" + name + "' from the server: " + step * PERCENT / STEPS + " % of "
                                + bytes / 1_000_000 + " MB"));
            }
        }
    }
}
