package io.weft.transport.mina;

/** How much of what was sent on a connection still waits for the network, within bounds. */
final class SendQueue {

    private final int maxBytes;
    private final int maxFrames;
    private int bytes;
    private int frames;
    private boolean refused;
    private Runnable resume = () -> {};

    SendQueue(Limits limits) {
        this.maxBytes = limits.queuedBytes();
        this.maxFrames = limits.queuedFrames();
    }

    /** Whether a frame of that size may be sent now; it is then counted. A frame always fits an empty queue. */
    synchronized boolean admit(int size) {
        if (frames > 0 && (frames >= maxFrames || size > maxBytes - bytes)) {
            refused = true;
            return false;
        }
        bytes += size;
        frames++;
        return true;
    }

    /** A frame of that size is in the network; a sender that was refused is told. */
    void sent(int size) {
        Runnable waiting;
        synchronized (this) {
            bytes -= size;
            frames--;
            if (!refused) {
                return;
            }
            refused = false;
            waiting = resume;
        }
        waiting.run();
    }

    synchronized void onWritable(Runnable told) {
        resume = told;
    }
}
