package io.weft.shell.internal;

import io.weft.exchange.Message;
import java.io.IOException;
import java.nio.file.Path;

/** Where a command asks a server: over the network with an admin's kit, or in this process. */
interface AdminConnection extends AutoCloseable {

    /**
     * Asks, and where that does no harm asks again when the link breaks.
     *
     * @throws io.weft.api.plugin.Refusal when the server refuses
     */
    <A extends Message> A ask(Message.Admin request, Class<A> answer) throws IOException, InterruptedException;

    /** Brings a file that the server offers; {@code to} exists, and what is in it came before and is kept. */
    void bring(String resource, Message.CarriedFile file, Path to) throws IOException, InterruptedException;

    @Override
    void close();
}
