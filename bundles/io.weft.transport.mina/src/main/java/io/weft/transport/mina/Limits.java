package io.weft.transport.mina;

import java.time.Duration;

/**
 * What one end allows the other.
 *
 * @param frame the largest frame in bytes
 * @param queuedBytes of frames that wait for the network, on one connection; a frame always fits an empty queue
 * @param queuedFrames that wait for the network, on one connection
 * @param greeting the time that TCP, TLS and the greeting may take, however slowly bytes drip in
 * @param strangers connections that are not greeted yet; one more ends the oldest of them
 * @param stalled the time without one byte coming in, or going out while some wait, after which the other end is taken for gone
 */
record Limits(int frame, int queuedBytes, int queuedFrames, Duration greeting, int strangers, Duration stalled) {

    /** A payload of 1 MiB and any header that lies above. */
    static final Limits STANDARD =
            new Limits((1 << 20) + 1024, 1 << 20, 48, Duration.ofSeconds(10), 128, Duration.ofSeconds(30));
}
