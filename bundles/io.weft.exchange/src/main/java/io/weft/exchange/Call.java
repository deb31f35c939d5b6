package io.weft.exchange;

import io.weft.api.plugin.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** A request that this end made and that is not answered yet. Its frames come from the link's receiving thread. */
sealed interface Call {

    /**
     * Takes a frame of the answer.
     *
     * @return a frame to send back, if there is one
     */
    Optional<ByteBuffer> accept(Frame frame) throws IOException;

    void fail(Exception reason);

    /** Whether the answer is whole, or there will be none. */
    boolean over();

    /** What a failure at the other end means here. */
    static Exception failure(byte[] payload) throws ProtocolException {
        if (!(Messages.decode(payload) instanceof Message.Failure failure)) {
            throw new ProtocolException("a failure without a reason");
        }
        return switch (failure.kind()) {
            case REFUSED -> new Refusal(failure.reason());
            case CANCELLED -> new CancellationException(failure.reason());
            case FAILED -> new IOException(failure.reason());
        };
    }

    /** Waits for a message. */
    final class ForMessage implements Call {

        private final Pending<Message> pending = new Pending<>();
        private final Parts parts = new Parts();
        private boolean over;

        Pending<Message> pending() {
            return pending;
        }

        @Override
        public Optional<ByteBuffer> accept(Frame frame) throws IOException {
            Optional<byte[]> whole = parts.add(frame);
            if (whole.isPresent()) {
                over = true;
                switch (frame.type()) {
                    case ANSWER -> pending.succeed(Messages.decode(whole.get()));
                    case FAILURE -> pending.fail(failure(whole.get()));
                    default -> throw new ProtocolException("a frame " + frame.type() + " answers a message");
                }
            }
            return Optional.empty();
        }

        @Override
        public void fail(Exception reason) {
            over = true;
            pending.fail(reason);
        }

        @Override
        public boolean over() {
            return over;
        }
    }

    /** Waits for tensors, and gives credit as they are put where they belong. */
    final class ForTensors implements Call {

        private final Transfer transfer;
        private final int stream;
        private final long window;
        private final Pending<Message.Pulled> pending = new Pending<>();
        private final long before;
        private long granted;
        private boolean over;

        ForTensors(Transfer transfer, int stream, long window) {
            this.transfer = transfer;
            this.stream = stream;
            this.window = window;
            this.before = transfer.taken().logicalBytes();
            this.granted = window;
        }

        Pending<Message.Pulled> pending() {
            return pending;
        }

        @Override
        public Optional<ByteBuffer> accept(Frame frame) throws IOException {
            if (frame.type() == Frame.Type.FAILURE) {
                byte[] payload = new byte[frame.payload().remaining()];
                frame.payload().duplicate().get(payload);
                fail(failure(payload));
                return Optional.empty();
            }
            transfer.accept(frame);
            if (transfer.ended()) {
                over = true;
                pending.succeed(transfer.taken());
                return Optional.empty();
            }
            long taken = transfer.taken().logicalBytes() - before;
            if (granted - taken > window / 2) {
                return Optional.empty();
            }
            granted = taken + window;
            return Optional.of(Frame.of(Frame.Type.CREDIT, stream, granted));
        }

        @Override
        public void fail(Exception reason) {
            over = true;
            pending.fail(reason);
        }

        @Override
        public boolean over() {
            return over;
        }
    }

    /** A message that may come in several frames. */
    final class Parts {

        private final ByteArrayOutputStream collected = new ByteArrayOutputStream();

        /** The whole message, when this was its last frame. */
        Optional<byte[]> add(Frame frame) throws ProtocolException {
            byte[] part = new byte[frame.payload().remaining()];
            frame.payload().duplicate().get(part);
            if (collected.size() + part.length > Messages.MAX_BYTES) {
                throw new ProtocolException("a message is larger than " + Messages.MAX_BYTES + " bytes");
            }
            collected.writeBytes(part);
            return frame.more() ? Optional.empty() : Optional.of(collected.toByteArray());
        }
    }
}
