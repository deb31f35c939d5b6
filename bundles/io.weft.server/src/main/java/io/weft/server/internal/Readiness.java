package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.workflow.Quorum;
import io.weft.exchange.Message;
import io.weft.job.Job;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which sites take part in a job: those that got ready and agree on what is exchanged. Without {@code workflow.sites.min} that is
 * all of them, or there is no job; with it, a site that cannot take part is left out while there are as many as that.
 *
 * @param prepared the sites that take part
 * @param manifest what they exchange
 * @param leftOut why the others do not
 */
record Readiness(
        SortedMap<String, Message.Prepared> prepared,
        Message.WireManifest manifest,
        SortedMap<String, String> leftOut) {

    /** Asks all sites to get ready. */
    static Readiness of(List<RemoteSite> sites, Job job, Asking asking, Asking.Question<Message.Prepared> prepare)
            throws IOException, InterruptedException {
        OptionalInt min = job.workflow().minSites();
        // All are heard, also where all are needed: what is wrong at every site is told as that, not as the fastest
        // one's.
        Quorum quorum = new Quorum(0, Optional.empty());
        Asking.Gathered<Message.Prepared> asked = asking.ask(sites, quorum, prepare, new Unwatched());
        SortedMap<String, Message.Prepared> prepared = asked.answers();
        SortedMap<String, String> leftOut = new TreeMap<>(asked.failed());
        if (!prepared.isEmpty()) {
            agree(prepared, leftOut, job);
        }
        if (prepared.size() < Math.max(1, min.orElse(sites.size()))) {
            throw tooFew(prepared.size(), leftOut, job);
        }
        return new Readiness(prepared, prepared.get(prepared.firstKey()).manifest(), leftOut);
    }

    /**
     * Moves those that differ to those that are left out. What an override of the job file makes differ is a mistake in the file,
     * whoever could go on without that site.
     */
    private static void agree(
            SortedMap<String, Message.Prepared> prepared, SortedMap<String, String> leftOut, Job job) {
        boolean all = job.workflow().minSites().isEmpty();
        Optional<String> digest = job.model().digest();
        for (String site : List.copyOf(prepared.keySet())) {
            Agreement.differenceToJob(digest, prepared.get(site).manifest()).ifPresent(difference -> {
                if (all) {
                    throw new Refusal("site '" + site + "' " + difference);
                }
                leftOut.put(site, difference);
                prepared.remove(site);
            });
        }
        if (prepared.isEmpty()) {
            return;
        }
        String first = all ? prepared.firstKey() : mostCommon(prepared);
        Message.WireManifest agreed = prepared.get(first).manifest();
        for (String site : List.copyOf(prepared.keySet())) {
            difference(first, agreed, site, prepared.get(site).manifest(), job).ifPresent(difference -> {
                if (all) {
                    throw new Refusal(difference);
                }
                leftOut.put(site, difference);
                prepared.remove(site);
            });
        }
    }

    private static Optional<String> difference(
            String first, Message.WireManifest agreed, String site, Message.WireManifest manifest, Job job) {
        Optional<String> bases = Agreement.differenceOfBases(first, agreed, site, manifest);
        if (bases.isPresent()) {
            refuseOverride("model", bases.get(), first, site, job);
            return bases;
        }
        Optional<String> tensors = Agreement.differenceOfTensors(first, agreed, site, manifest);
        tensors.ifPresent(difference -> refuseOverride(
                "strategy",
                difference + "; what is exchanged cannot differ by site, so give such options once for the whole job",
                first,
                site,
                job));
        return tensors.map(difference -> difference + "; run the same strategy on the same base at all sites");
    }

    private static void refuseOverride(String section, String difference, String first, String site, Job job) {
        for (String differing : List.of(site, first)) {
            if (job.overrides().containsKey(differing)
                    && job.overrides().get(differing).containsKey(section)) {
                throw job.refuse(difference, "sites", differing, section);
            }
        }
    }

    /** The site that most others agree with; of several the first by name. */
    private static String mostCommon(SortedMap<String, Message.Prepared> prepared) {
        String found = prepared.firstKey();
        long most = 0;
        for (String site : prepared.keySet()) {
            Message.WireManifest manifest = prepared.get(site).manifest();
            long alike = prepared.entrySet().stream()
                    .filter(other -> alike(
                            site, manifest, other.getKey(), other.getValue().manifest()))
                    .count();
            if (alike > most) {
                found = site;
                most = alike;
            }
        }
        return found;
    }

    private static boolean alike(
            String first, Message.WireManifest agreed, String site, Message.WireManifest manifest) {
        return Agreement.differenceOfBases(first, agreed, site, manifest).isEmpty()
                && Agreement.differenceOfTensors(first, agreed, site, manifest).isEmpty();
    }

    /** When all say the same, such as that a name is wrong, that is what is wrong. */
    private static Refusal tooFew(int ready, SortedMap<String, String> leftOut, Job job) {
        long reasons = leftOut.values().stream().distinct().count();
        if (ready == 0 && reasons == 1) {
            String where = leftOut.size() == 1 ? "" : " (at all " + leftOut.size() + " sites)";
            return new Refusal(leftOut.get(leftOut.firstKey()) + where);
        }
        if (job.workflow().minSites().isEmpty()) {
            return new Refusal(Failure.all(leftOut));
        }
        int sites = ready + leftOut.size();
        return job.refuse(
                "the job wants " + job.workflow().minSites().getAsInt() + " sites at least, and " + ready + " of "
                        + sites + " can take part" + (leftOut.isEmpty() ? "" : ": " + Failure.all(leftOut)),
                "workflow",
                "sites",
                "min");
    }

    /** What becomes of sites that get ready is told when all have. */
    private static final class Unwatched implements Asking.Watch<Message.Prepared> {

        @Override
        public void failed(String site, String reason) {}

        @Override
        public void overdue(int answers, List<String> missing) {}

        @Override
        public void late(RemoteSite site, Message.Prepared answer) {}
    }
}
