package io.weft.transport.mina;

import java.net.SocketAddress;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/** Says who was refused, some a minute in full and the rest as a number: who knocks often fills no disk. */
final class RefusalLog {

    private static final int IN_FULL = 20;

    private static final long MINUTE = 60_000_000_000L;

    private final Logger log;
    private final LongSupplier nanos;
    private long since;
    private int refused;

    RefusalLog(Logger log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
        this.since = nanos.getAsLong();
    }

    synchronized void refused(SocketAddress from, String reason) {
        long now = nanos.getAsLong();
        if (now - since >= MINUTE) {
            if (refused > IN_FULL) {
                log.warn("{} more connections were refused", refused - IN_FULL);
            }
            since = now;
            refused = 0;
        }
        refused++;
        if (refused <= IN_FULL) {
            log.warn("refused a connection from {}: {}", from, reason);
        } else if (refused == IN_FULL + 1) {
            log.warn("more connections are refused; they are counted for a minute");
        }
    }
}
