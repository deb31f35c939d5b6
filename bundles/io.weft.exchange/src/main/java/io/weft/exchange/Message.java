package io.weft.exchange;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.weft.api.plugin.Summary;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What server, sites and admins tell each other. Tensors and files never travel in messages. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "message")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Message.Hello.class, name = "hello"),
    @JsonSubTypes.Type(value = Message.Welcome.class, name = "welcome"),
    @JsonSubTypes.Type(value = Message.Probe.class, name = "probe"),
    @JsonSubTypes.Type(value = Message.Probed.class, name = "probed"),
    @JsonSubTypes.Type(value = Message.AskTime.class, name = "ask-time"),
    @JsonSubTypes.Type(value = Message.Time.class, name = "time"),
    @JsonSubTypes.Type(value = Message.Prepare.class, name = "prepare"),
    @JsonSubTypes.Type(value = Message.Prepared.class, name = "prepared"),
    @JsonSubTypes.Type(value = Message.OfferBase.class, name = "offer-base"),
    @JsonSubTypes.Type(value = Message.BaseOffered.class, name = "base-offered"),
    @JsonSubTypes.Type(value = Message.RunTask.class, name = "run-task"),
    @JsonSubTypes.Type(value = Message.TaskDone.class, name = "task-done"),
    @JsonSubTypes.Type(value = Message.Release.class, name = "release"),
    @JsonSubTypes.Type(value = Message.Leave.class, name = "leave"),
    @JsonSubTypes.Type(value = Message.Accepted.class, name = "accepted"),
    @JsonSubTypes.Type(value = Message.Step.class, name = "step"),
    @JsonSubTypes.Type(value = Message.Tracked.class, name = "tracked"),
    @JsonSubTypes.Type(value = Message.Output.class, name = "output"),
    @JsonSubTypes.Type(value = Message.Waiting.class, name = "waiting"),
    @JsonSubTypes.Type(value = Message.Note.class, name = "note"),
    @JsonSubTypes.Type(value = Message.Pull.class, name = "pull"),
    @JsonSubTypes.Type(value = Message.Failure.class, name = "failure"),
    @JsonSubTypes.Type(value = Message.TensorHeader.class, name = "tensor"),
    @JsonSubTypes.Type(value = Message.Admin.Submit.class, name = "submit"),
    @JsonSubTypes.Type(value = Message.Admin.Submitted.class, name = "submitted"),
    @JsonSubTypes.Type(value = Message.Admin.ListJobs.class, name = "list-jobs"),
    @JsonSubTypes.Type(value = Message.Admin.Jobs.class, name = "jobs"),
    @JsonSubTypes.Type(value = Message.Admin.Watch.class, name = "watch"),
    @JsonSubTypes.Type(value = Message.Admin.Watched.class, name = "watched"),
    @JsonSubTypes.Type(value = Message.Admin.ReadLog.class, name = "read-log"),
    @JsonSubTypes.Type(value = Message.Admin.LogLines.class, name = "log-lines"),
    @JsonSubTypes.Type(value = Message.Admin.StopJob.class, name = "stop-job"),
    @JsonSubTypes.Type(value = Message.Admin.CloneJob.class, name = "clone-job"),
    @JsonSubTypes.Type(value = Message.Admin.DeleteJob.class, name = "delete-job"),
    @JsonSubTypes.Type(value = Message.Admin.Pack.class, name = "pack"),
    @JsonSubTypes.Type(value = Message.Admin.Packed.class, name = "packed"),
    @JsonSubTypes.Type(value = Message.Admin.Verify.class, name = "verify"),
    @JsonSubTypes.Type(value = Message.Admin.Verified.class, name = "verified"),
    @JsonSubTypes.Type(value = Message.Admin.ListSites.class, name = "list-sites"),
    @JsonSubTypes.Type(value = Message.Admin.Sites.class, name = "sites"),
    @JsonSubTypes.Type(value = Message.Admin.SetSite.class, name = "set-site"),
    @JsonSubTypes.Type(value = Message.Admin.ListSitesOut.class, name = "list-sites-out"),
    @JsonSubTypes.Type(value = Message.Admin.SitesOut.class, name = "sites-out"),
    @JsonSubTypes.Type(value = Message.Admin.ListPlugins.class, name = "list-plugins"),
    @JsonSubTypes.Type(value = Message.Admin.Plugins.class, name = "plugins"),
    @JsonSubTypes.Type(value = Message.Admin.OpenPage.class, name = "open-page"),
    @JsonSubTypes.Type(value = Message.Admin.PageAddress.class, name = "page-address"),
})
public sealed interface Message {

    /**
     * The first request of a site or an admin on a new link.
     *
     * @param name as the certificate has it
     */
    record Hello(String name) implements Message {}

    /** The answer to {@link Hello}. */
    record Welcome() implements Message {}

    /**
     * Asks how a site would be received, in the place of a {@link Hello}.
     *
     * @param name as the certificate has it
     */
    record Probe(String name) implements Message {}

    /**
     * The answer to {@link Probe}.
     *
     * @param connected whether a site of that name is connected, so that another one would be refused
     */
    record Probed(boolean connected) implements Message {}

    /** Asks what time it is at the server, by who only wants to know; a server that speaks 1.0 does not answer it. */
    record AskTime() implements Message {}

    /**
     * The answer to {@link AskTime}.
     *
     * @param milliseconds since 1970-01-01T00:00:00Z
     */
    record Time(long milliseconds) implements Message {}

    /**
     * Asks a site to get ready for a job, or for another sitting of one.
     *
     * @param kept the newest round of which the site said that it keeps plugins' states; 0 for none
     * @param files what travels with the job; the site may pull it as {@code <job>/files}
     * @param firstModel the file that is the job's first model, at most one; a site that has none may pull it as
     *     {@code <job>/first-model}
     * @param submitter who handed it in, as the server knows
     */
    record Prepare(
            String job,
            String jobFile,
            String jobFileName,
            int kept,
            List<CarriedFile> files,
            List<CarriedFile> firstModel,
            Submitter submitter)
            implements Message {}

    /**
     * An admin who handed a job in; empty texts where jobs are not handed in.
     *
     * @param role the word of the role
     */
    record Submitter(String name, String organisation, String role) {

        public static final Submitter NOBODY = new Submitter("", "", "");
    }

    /**
     * A file that travels with a job.
     *
     * @param path relative to the job file, with {@code /}
     */
    record CarriedFile(String path, long bytes, boolean executable) {}

    /**
     * A site has no base of a job that it gets ready for, and asks for the server's; a server of protocol 1.0 does not know this.
     */
    record OfferBase(String job) implements Message {}

    /**
     * The answer to {@link OfferBase}.
     *
     * @param name what the job calls the base
     * @param digest the content hash of what the files are together
     * @param folder whether it is a folder; otherwise it is the one file
     * @param files each to be pulled as {@code <job>/base/<path>}
     */
    record BaseOffered(String name, String digest, boolean folder, List<CarriedFile> files) implements Message {}

    /**
     * The answer to {@link Prepare}.
     *
     * @param datasets the roles ({@code train}, {@code validate}) for which the site has data
     * @param notes what a person should know and what stops nothing
     */
    record Prepared(WireManifest manifest, List<String> datasets, List<WireLease> leases, List<String> notes)
            implements Message {}

    /**
     * Asks a site for a task.
     *
     * @param model what to pull as the received model; empty text for {@code submit-model}
     * @param coded how that is coded
     */
    record RunTask(
            String job,
            int round,
            int rounds,
            String kind,
            SortedMap<String, String> properties,
            String model,
            Coded coded)
            implements Message {}

    /**
     * The answer to {@link RunTask}.
     *
     * @param update what the server may pull until it releases it: {@link #INITIAL}, {@link #updateOf}, or empty text when the task
     *     makes no model
     * @param coded how the update is coded
     * @param difference whether the update is a difference to the received model
     * @param received how the site received the model; zeros when it pulled none
     * @param keeps whether the site keeps plugins' states of this round, from which the next one goes on
     * @param leases the plugins that the site holds since its last answer
     * @param notes what a person should know and what stops nothing
     */
    record TaskDone(
            long steps,
            long samples,
            long tokens,
            SortedMap<String, Double> metrics,
            double seconds,
            String update,
            Coded coded,
            boolean difference,
            Pulled received,
            boolean keeps,
            List<WireLease> leases,
            List<String> notes)
            implements Message {

        /** What the answer to {@code submit-model} calls its model. */
        public static final String INITIAL = "initial";

        /** What the answer to {@code train} calls its update. */
        public static String updateOf(int round) {
            return "update-" + round;
        }

        public Outcome outcome() {
            return new Outcome(steps, samples, tokens, metrics);
        }

        /** The same answer, given by a site that holds these plugins and has this to note. */
        public TaskDone again(List<WireLease> leasesNow, List<String> notesNow) {
            return new TaskDone(
                    steps,
                    samples,
                    tokens,
                    metrics,
                    seconds,
                    update,
                    coded,
                    difference,
                    received,
                    keeps,
                    leasesNow,
                    notesNow);
        }
    }

    /** Tells a site that the server has an update on its disk. */
    record Release(String job, String update) implements Message {}

    /**
     * Tells a site that nothing will be asked of it for a job any more.
     *
     * @param forget whether that is for good; otherwise the site keeps what a later sitting needs
     */
    record Leave(String job, boolean forget) implements Message {}

    /** The answer where there is nothing to say. */
    record Accepted() implements Message {}

    /** How far a task is; a notice. */
    record Step(String job, int round, String activity, long done, long total, SortedMap<String, Double> values)
            implements Message {}

    /** What a site's training wrote down for trackers; a notice. */
    record Tracked(String job, int round, String tag, long step, Summary value) implements Message {}
    /** What a program of the job wrote at a site; a notice. */
    record Output(String job, List<String> lines) implements Message {}

    /**
     * A site waits with a job, or goes on; a notice.
     *
     * @param reason what it waits for; empty text when it goes on
     */
    record Waiting(String job, String reason) implements Message {}

    /** What a person should know at once, and what stops nothing; a notice. */
    record Note(String job, String message) implements Message {}

    /** Asks for tensors, from a byte of one of them on. */
    record Pull(String resource, int tensor, long offset, long credit) implements Message {}

    /** Why there is no answer. */
    record Failure(Kind kind, String reason) implements Message {

        /** What went wrong. */
        public enum Kind {
            REFUSED,
            CANCELLED,
            FAILED
        }
    }

    /** What is sent before a tensor's chunks. */
    record TensorHeader(int index, String section, String name, DType type, List<Long> shape, long bytes)
            implements Message {}

    /**
     * What a transfer took.
     *
     * @param logicalBytes of the tensors as they are computed with
     * @param encodedBytes of the tensors as they crossed the wire
     * @param wireBytes of all frames and their headers
     * @param encodeSeconds that coding took at the sender; 0 where nothing is coded
     * @param decodeSeconds that decoding took at the receiver
     * @param relativeError what coding lost: the norm of the difference over the norm of the coded tensors
     */
    record Pulled(
            long logicalBytes,
            long encodedBytes,
            long wireBytes,
            double seconds,
            double encodeSeconds,
            double decodeSeconds,
            double relativeError) {

        public static final Pulled NOTHING = plain(0, 0, 0);

        /** What a transfer took of which nothing is coded. */
        public static Pulled plain(long logicalBytes, long wireBytes, double seconds) {
            return new Pulled(logicalBytes, logicalBytes, wireBytes, seconds, 0, 0, 0);
        }

        /** The same, of coded tensors that are so large when they are decoded. */
        public Pulled decodedTo(long bytes, Coded coded, double decoding) {
            return new Pulled(
                    bytes, encodedBytes, wireBytes, seconds, coded.seconds(), decoding, coded.relativeError());
        }
    }

    /**
     * How a model is coded on its way.
     *
     * @param quantizer by its name; empty text when nothing is coded
     * @param bytes of each exchanged tensor, {@link #AS_IT_IS} for one that is not coded; empty when none is
     * @param seconds that coding took
     * @param relativeError what coding lost
     */
    record Coded(String quantizer, List<Long> bytes, double seconds, double relativeError) {

        /** In the place of its size, for a tensor that is not coded. */
        public static final long AS_IT_IS = -1;

        /** Nothing is coded. */
        public static final Coded NOT = new Coded("", List.of(), 0, 0);

        public Coded {
            bytes = List.copyOf(bytes);
        }

        /** Whether anything is coded. */
        public boolean is() {
            return !quantizer.isEmpty();
        }

        /** The tensors as they cross the wire: coded ones as bytes. */
        public List<TensorSpec> crossing(List<TensorSpec> tensors) {
            List<TensorSpec> crossing = new ArrayList<>();
            for (int i = 0; i < tensors.size(); i++) {
                long size = is() ? bytes.get(i) : AS_IT_IS;
                crossing.add(size == AS_IT_IS ? tensors.get(i) : asBytes(tensors.get(i), size));
            }
            return crossing;
        }

        /** A tensor that is coded in so many bytes. */
        public static TensorSpec asBytes(TensorSpec tensor, long size) {
            return new TensorSpec(
                    tensor.section(), tensor.name(), DType.U8, Shape.of(size), Collections.emptySortedMap());
        }
    }

    /** A plugin that a site holds. */
    record WireLease(String kind, String name, String bundle, String version, String sha256) {}

    /** A manifest whose companions are only described: their bytes travel beside the first model, see {@link Exchanged}. */
    record WireManifest(String layout, List<WireTensor> tensors, List<WireCompanion> companions, String baseDigest) {

        public static WireManifest of(Manifest manifest) {
            return new WireManifest(
                    manifest.layout(),
                    manifest.tensors().stream().map(WireTensor::of).toList(),
                    manifest.companions().stream().map(WireCompanion::of).toList(),
                    manifest.baseDigest());
        }

        /** The manifest with the companions' bytes. */
        public Manifest with(List<Companion> contents) {
            return new Manifest(layout, tensors.stream().map(WireTensor::spec).toList(), contents, baseDigest);
        }
    }

    /** A companion's path and its size in bytes. */
    record WireCompanion(String path, long bytes) {

        static WireCompanion of(Companion companion) {
            return new WireCompanion(companion.path(), companion.content().length);
        }
    }

    /** One tensor of a manifest. */
    record WireTensor(String section, String name, DType type, List<Long> shape, Map<String, String> traits) {

        static WireTensor of(TensorSpec spec) {
            return new WireTensor(
                    spec.section(), spec.name(), spec.type(), spec.shape().dimensions(), spec.traits());
        }

        TensorSpec spec() {
            return new TensorSpec(section, name, type, new Shape(shape), new TreeMap<>(traits));
        }
    }

    /** What admins ask a server, and its answers. */
    sealed interface Admin extends Message {

        /**
         * Hands in a job.
         *
         * @param token of the one who asks; asked again with the same token, the server hands in nothing twice
         * @param files what travels with the job; the server pulls it as {@code <token>/files}
         * @param model which of the files is the job's first model; empty text when it brings none
         */
        record Submit(String token, String jobFile, String jobFileName, List<CarriedFile> files, String model)
                implements Admin {}

        /** The answer to {@link Submit} and {@link CloneJob}. */
        record Submitted(String job) implements Admin {}

        record ListJobs() implements Admin {}

        /** The answer to {@link ListJobs}, in the order in which they were handed in. */
        record Jobs(List<JobLine> jobs) implements Admin {}

        /**
         * How a job stands.
         *
         * @param state the name of a job's state
         * @param reason why it is in that state; empty text when there is nothing to say
         * @param round the last that is finished
         * @param submitter who handed it in
         * @param submitted when, as an ISO-8601 instant
         */
        record JobLine(
                String job,
                String name,
                String state,
                String reason,
                int round,
                int rounds,
                String submitter,
                String submitted,
                List<String> sites) {}

        /**
         * Asks what has happened in a job; answered as soon as there is anything.
         *
         * @param after the number of the last event that is known; 0 for none
         */
        record Watch(String job, long after) implements Admin {}

        /**
         * The answer to {@link Watch}.
         *
         * @param events as lines of JSON
         * @param last the number of the last of them
         * @param over whether nothing will happen any more
         * @param now how the job stands
         */
        record Watched(List<String> events, long last, boolean over, JobLine now) implements Admin {}

        /**
         * Asks for a log of a job; answered as soon as there is anything.
         *
         * @param site whose; empty text for the server's
         * @param from the number of lines that are known
         */
        record ReadLog(String job, String site, long from) implements Admin {}

        /**
         * The answer to {@link ReadLog}.
         *
         * @param over whether there will be no more
         */
        record LogLines(List<String> lines, boolean over) implements Admin {}

        record StopJob(String job) implements Admin {}

        record CloneJob(String job) implements Admin {}

        record DeleteJob(String job) implements Admin {}

        /** Asks what a job has come to, as files. */
        record Pack(String job) implements Admin {}

        /** The answer to {@link Pack}: each file may be pulled as {@code <job>/result/<path>}. */
        record Packed(List<CarriedFile> files) implements Admin {}

        record Verify(String job) implements Admin {}

        /** The answer to {@link Verify}: what was looked at, a line each. */
        record Verified(boolean sound, List<String> lines) implements Admin {}

        record ListSites() implements Admin {}

        /** The answer to {@link ListSites}, by name. */
        record Sites(List<SiteLine> sites) implements Admin {}

        /**
         * How a site stands.
         *
         * @param since when that began, as an ISO-8601 instant; empty text when the server was not there
         * @param jobs in which it takes part now
         */
        record SiteLine(String name, String organisation, boolean connected, String since, List<String> jobs) {}

        /**
         * Takes a site out of the jobs that begin from now on, or back in; a server of protocol 1.0 does not know this.
         *
         * @param takesPart whether it is in
         */
        record SetSite(String site, boolean takesPart) implements Admin {}

        /** Asks which sites are out; a server of protocol 1.0 does not know this. */
        record ListSitesOut() implements Admin {}

        /** The answer to {@link ListSitesOut}, by name. */
        record SitesOut(List<String> sites) implements Admin {}

        record ListPlugins() implements Admin {}

        /** The answer to {@link ListPlugins}. */
        record Plugins(List<PluginLine> plugins) implements Admin {}

        /** Asks for an address that opens the server's status page once. */
        record OpenPage() implements Admin {}

        /** The answer to {@link OpenPage}. */
        record PageAddress(String address) implements Admin {}

        /** A plugin service of the server. */
        record PluginLine(String kind, String name, String bundle, String version, String state, String reason) {}
    }

    /** Empty text stands for nothing in messages. */
    static Optional<String> present(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }
}
