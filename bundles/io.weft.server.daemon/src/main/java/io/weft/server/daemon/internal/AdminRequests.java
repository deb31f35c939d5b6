package io.weft.server.daemon.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.exchange.Cancellation;
import io.weft.exchange.CarriedFiles;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.job.JobFile;
import io.weft.launch.StatusPage;
import io.weft.plugins.Plugins;
import io.weft.server.JobEvent;
import io.weft.server.JobEventText;
import io.weft.server.Server;
import io.weft.server.StoredJob;
import io.weft.server.Verification;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what admins ask, each as far as the rights go. */
final class AdminRequests {

    /** As many lines of a log go into one answer. */
    private static final int MOST_LINES = 1000;

    private static final String RESULT = "/result/";

    private static final String STARTED = "\"started\"";

    private static final Logger LOG = LoggerFactory.getLogger(AdminRequests.class);

    private final JobQueue queue;
    private final KnownSites sites;
    private final Server server;
    private final Plugins plugins;
    private final Supplier<Optional<StatusPage>> page;

    AdminRequests(
            JobQueue queue, KnownSites sites, Server server, Plugins plugins, Supplier<Optional<StatusPage>> page) {
        this.queue = queue;
        this.sites = sites;
        this.server = server;
        this.plugins = plugins;
        this.page = page;
    }

    /** Where the files of a job that is handed in come from. */
    @FunctionalInterface
    interface SubmittedFiles {

        /** Puts them into an existing folder. */
        void into(Path folder, Message.Admin.Submit submit) throws IOException, InterruptedException;
    }

    /** Those that an admin's end of a link offers. */
    static SubmittedFiles over(Link link, Cancellation cancellation) {
        return (folder, submit) -> {
            if (!submit.files().isEmpty()) {
                link.pull(CarriedFiles.into(folder, submit.token(), submit.files()), cancellation);
            }
        };
    }

    Message answer(Requester who, Message.Admin request, SubmittedFiles files, Cancellation cancellation)
            throws IOException, InterruptedException {
        if (request instanceof Message.Admin.Submit submit) {
            return submit(who, submit, files);
        }
        if (request instanceof Message.Admin.ListJobs) {
            who.mayView();
            return new Message.Admin.Jobs(queue.lines());
        }
        if (request instanceof Message.Admin.Watch watch) {
            who.mayView();
            QueuedJob job = queue.job(watch.job());
            EventStream.Part part = job.stream().after(watch.after(), cancellation);
            return new Message.Admin.Watched(told(part.events()), part.last(), part.over(), job.line());
        }
        if (request instanceof Message.Admin.ReadLog log) {
            who.mayView();
            return log(queue.job(log.job()), log, cancellation);
        }
        if (request instanceof Message.Admin.StopJob stop) {
            QueuedJob job = queue.job(stop.job());
            who.mayManage(job.submission());
            queue.stop(job, who.identity());
            return new Message.Accepted();
        }
        if (request instanceof Message.Admin.CloneJob clone) {
            QueuedJob job = queue.job(clone.job());
            who.mayClone(job.submission());
            return new Message.Admin.Submitted(queue.copy(job, "clone-" + UUID.randomUUID(), who.identity())
                    .id());
        }
        if (request instanceof Message.Admin.DeleteJob delete) {
            QueuedJob job = queue.job(delete.job());
            who.mayManage(job.submission());
            queue.delete(job);
            return new Message.Accepted();
        }
        if (request instanceof Message.Admin.Pack pack) {
            QueuedJob job = queue.job(pack.job());
            who.mayDownload(job.submission());
            return new Message.Admin.Packed(CarriedFiles.describe(Results.of(job)));
        }
        if (request instanceof Message.Admin.Verify verify) {
            who.mayView();
            return verify(queue.job(verify.job()), cancellation);
        }
        if (request instanceof Message.Admin.ListSites) {
            who.mayView();
            return new Message.Admin.Sites(siteLines());
        }
        if (request instanceof Message.Admin.SetSite set) {
            setSite(who, set);
            return new Message.Accepted();
        }
        if (request instanceof Message.Admin.ListSitesOut) {
            who.mayView();
            return new Message.Admin.SitesOut(sites.out());
        }
        if (request instanceof Message.Admin.ListPlugins) {
            who.mayView();
            return new Message.Admin.Plugins(pluginLines());
        }
        if (request instanceof Message.Admin.OpenPage) {
            who.mayView();
            return new Message.Admin.PageAddress(address(who).toString());
        }
        throw new Refusal("a server does not answer " + request.getClass().getSimpleName());
    }

    private URI address(Requester who) {
        StatusPage served = page.get()
                .orElseThrow(
                        () -> new Refusal("this server has no status page; on its machine 'weft status' says why"));
        URI address = who.certificate().map(served::once).orElseGet(served::once);
        LOG.info("{} was given an address that opens the status page once", who.identity());
        return address;
    }

    /** Where the folder of a job lies is the server's own affair. */
    static List<String> told(List<String> events) throws IOException {
        List<String> told = new ArrayList<>();
        for (String line : events) {
            told.add(
                    line.contains(STARTED) && JobEventText.parse(line) instanceof JobEvent.Started started
                            ? JobEventText.of(
                                    new JobEvent.Started(started.job(), Path.of(""), started.rounds(), started.sites()))
                            : line);
        }
        return told;
    }

    private Message submit(Requester who, Message.Admin.Submit submit, SubmittedFiles files)
            throws IOException, InterruptedException {
        who.maySubmit(JobFile.parse(submit.jobFile(), submit.jobFileName()));
        if (!submit.token().matches("[A-Za-z0-9-]{1,100}")) {
            throw new Refusal("'" + submit.token() + "' is no token of a job that is handed in");
        }
        Optional<QueuedJob> earlier = queue.byToken(submit.token());
        if (earlier.isPresent()) {
            return new Message.Admin.Submitted(earlier.get().id());
        }
        Path gathered = queue.gather();
        try {
            checkRoom(gathered, submit);
            files.into(JobStore.files(gathered), submit);
            Submission draft = new Submission(
                    "",
                    submit.token(),
                    submit.jobFileName(),
                    Optional.of(submit.model()).filter(text -> !text.isEmpty()),
                    who.identity(),
                    "",
                    Optional.empty());
            return new Message.Admin.Submitted(
                    queue.handIn(gathered, submit.jobFile(), draft).id());
        } finally {
            Folders.delete(gathered);
        }
    }

    private static void checkRoom(Path folder, Message.Admin.Submit submit) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        long bytes = 0;
        for (Message.CarriedFile file : submit.files()) {
            bytes += Math.min(Math.max(file.bytes(), 0), Long.MAX_VALUE - bytes); // What is claimed may be anything.
        }
        if (bytes > free) {
            throw FileProblem.writing(folder.resolve("files"), bytes, new IOException("no space left"));
        }
    }

    private void setSite(Requester who, Message.Admin.SetSite set) throws IOException {
        sites.require(set.site());
        who.mayOperate(set.site(), sites.organisation(set.site()));
        sites.set(set.site(), set.takesPart());
        LOG.info("{} took site {} {}", who.identity(), set.site(), set.takesPart() ? "back in" : "out");
        queue.look();
    }

    private Message log(QueuedJob job, Message.Admin.ReadLog request, Cancellation cancellation)
            throws IOException, InterruptedException {
        Optional<String> site = Optional.of(request.site()).filter(text -> !text.isEmpty());
        if (site.isPresent() && !job.log().tellsOf(site.get())) {
            sites.require(site.get());
        }
        while (true) {
            EventStream.Mark mark = job.stream().mark();
            List<String> lines = job.log().lines(site, request.from(), MOST_LINES);
            if (!lines.isEmpty() || mark.over()) {
                return new Message.Admin.LogLines(lines, mark.over() && lines.size() < MOST_LINES);
            }
            job.stream().awaitAfter(mark, cancellation);
        }
    }

    private Message verify(QueuedJob job, Cancellation cancellation) throws IOException {
        if (!StoredJob.isIn(job.folder())) {
            throw new Refusal("the job has not begun, so there is nothing on record to verify");
        }
        Verification found = Verification.of(job.folder(), plugins, cancellation);
        return new Message.Admin.Verified(found.sound(), found.lines());
    }

    List<Message.Admin.PluginLine> pluginLines() {
        return plugins.services().stream()
                .map(one -> new Message.Admin.PluginLine(
                        one.kind(),
                        one.name(),
                        one.bundle(),
                        one.version(),
                        one.state().name(),
                        one.reason()))
                .toList();
    }

    List<Message.Admin.SiteLine> siteLines() {
        List<String> connected = server.reached();
        return sites.names().stream()
                .map(name -> new Message.Admin.SiteLine(
                        name,
                        sites.organisation(name),
                        connected.contains(name),
                        sites.presence(name)
                                .map(presence -> presence.since().toString())
                                .orElse(""),
                        queue.runningWith(name)))
                .toList();
    }

    /** Opens a file of a job that is over: {@code <job>/result/<path>}. */
    TensorReader open(Requester who, String resource) throws IOException {
        int at = resource.indexOf(RESULT);
        if (at < 0) {
            throw new Refusal("there is no '" + resource + "' to fetch");
        }
        QueuedJob job = queue.job(resource.substring(0, at));
        who.mayDownload(job.submission());
        String path = resource.substring(at + RESULT.length());
        SortedMap<String, Path> files = Results.of(job);
        if (!files.containsKey(path)) {
            throw new Refusal("job " + job.id() + " has no file '" + path + "'");
        }
        return CarriedFiles.offer(new TreeMap<>(Map.of(path, files.get(path))));
    }
}
