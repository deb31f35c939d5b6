package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.exchange.CarriedFiles;
import io.weft.exchange.Message;
import io.weft.job.Job;
import io.weft.server.SharedBases;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The server's bases that sites of a job were offered, and may pull file by file. */
final class OfferedBases {

    /** What the name of such a file begins with. */
    static final String PREFIX = CarriedFiles.BASE + "/";

    private final SharedBases bases;
    private final Map<String, SharedBases.SharedBase> offered = new ConcurrentHashMap<>();

    OfferedBases(SharedBases bases) {
        this.bases = bases;
    }

    /**
     * Offers the base of a job.
     *
     * @param job as it is at the site
     */
    Message.BaseOffered offer(String site, Job job) throws IOException {
        String name = job.model().base();
        if (!job.model().share()) {
            throw new Refusal("the job does not share its base (model.share)");
        }
        SharedBases.SharedBase base = bases.find(name)
                .orElseThrow(() -> new Refusal("the server has no base '" + name + "' in its conf/models.yaml"));
        Optional<String> wanted = job.model().digest();
        if (wanted.isPresent() && !wanted.get().equals(base.digest())) {
            throw new Refusal("the server's base '" + name + "' has the digest " + base.digest()
                    + ", and the job's model.digest is " + wanted.get());
        }
        offered.put(site, base);
        return new Message.BaseOffered(name, base.digest(), base.folder(), CarriedFiles.describe(base.files()));
    }

    /** Opens a file that was offered to that site. */
    TensorReader open(String site, String reference) throws IOException {
        String name = reference.substring(PREFIX.length());
        Path file = Optional.ofNullable(offered.get(site))
                .map(base -> base.files().get(name))
                .orElseThrow(() -> new Refusal("no file '" + name + "' of a base was offered to site '" + site + "'"));
        return CarriedFiles.offer(new TreeMap<>(Map.of(name, file)));
    }
}
