package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.server.Alarm;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * The way back into a job for sites whose link broke: the job waits for such a site, has it get ready anew, and asks it again what it
 * was asked. Where the job can do without it, only for some time.
 */
final class Return {

    /** How long a job that can do without a site waits for it: long enough for a restart. */
    static final Duration GRACE = Duration.ofSeconds(30);

    /** What has a site get ready. */
    @FunctionalInterface
    interface Preparing {

        /**
         * Asks it to.
         *
         * @param kept the newest round of which the site is known to keep plugins' states; 0 for none
         */
        Message.Prepared prepare(RemoteSite site, int kept, Wanted wanted) throws IOException, InterruptedException;
    }

    private final Preparing preparing;
    private final Alarm alarm;
    private final Optional<Duration> grace;
    private final Set<String> givenUp = new HashSet<>();

    /**
     * @param alarm rings when the grace is over
     * @param grace empty where the job cannot do without any site
     */
    Return(Preparing preparing, Alarm alarm, Optional<Duration> grace) {
        this.preparing = preparing;
        this.alarm = alarm;
        this.grace = grace;
    }

    /** Has a site get ready for the first time in this sitting. */
    Message.Prepared begin(RemoteSite site, int kept, Wanted wanted) throws IOException, InterruptedException {
        while (true) {
            try {
                return preparing.prepare(site, kept, wanted);
            } catch (SiteGone e) {
                await(site, e, wanted);
            }
        }
    }

    /**
     * Has a site that is gone get ready again.
     *
     * @param agreed what all sites agreed to exchange
     * @throws SiteGone the given one, when it does not come back in time
     * @throws Refusal when it comes back with something else than it had
     */
    Message.Prepared again(RemoteSite site, SiteGone gone, int kept, Message.WireManifest agreed, Wanted wanted)
            throws IOException, InterruptedException {
        await(site, gone, wanted);
        Message.Prepared prepared = begin(site, kept, wanted);
        check(site.name(), agreed, prepared.manifest());
        return prepared;
    }

    private static void check(String site, Message.WireManifest agreed, Message.WireManifest now) {
        if (!agreed.baseDigest().equals(now.baseDigest())) {
            throw new Refusal("site '" + site + "': it came back with a base with digest " + now.baseDigest()
                    + ", and the job's is " + agreed.baseDigest() + "; put its former base back");
        }
        Agreement.differenceOfTensors("before", agreed, site, now).ifPresent(difference -> {
            throw new Refusal("site '" + site + "': it came back, and would exchange other tensors than before; put its"
                    + " former plugins back");
        });
    }

    private void await(RemoteSite site, SiteGone gone, Wanted wanted) throws IOException, InterruptedException {
        if (!site.mayReturn() || (isGivenUp(site) && !site.isThere())) {
            throw gone;
        }
        Cancellation impatient = new Cancellation();
        Cancellation.Registration ring =
                grace.map(time -> alarm.after(time, impatient::cancel)).orElse(Cancellation.NOTHING);
        try (ring;
                Cancellation.Registration stopped = wanted.waiting().onCancel(impatient::cancel);
                Cancellation.Registration useless = wanted.use().onCancel(impatient::cancel)) {
            site.meet(impatient);
            giveUp(site, false);
        } catch (CancellationException e) {
            wanted.waiting().check();
            giveUp(site, true);
            throw gone;
        }
    }

    private synchronized boolean isGivenUp(RemoteSite site) {
        return givenUp.contains(site.name());
    }

    private synchronized void giveUp(RemoteSite site, boolean up) {
        if (up) {
            givenUp.add(site.name());
        } else {
            givenUp.remove(site.name());
        }
    }
}
