package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Administration;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import java.io.IOException;
import java.nio.file.Path;

/** The server that runs in this process. */
final class LocalAdminConnection implements AdminConnection {

    private final Administration administration;

    LocalAdminConnection(Administration administration) {
        this.administration = administration;
    }

    @Override
    public <A extends Message> A ask(Message.Admin request, Class<A> answer) throws IOException, InterruptedException {
        return answer.cast(administration.answer(request, new Cancellation()));
    }

    @Override
    public void bring(String resource, Message.CarriedFile file, Path to) {
        throw new Refusal("fetch with an admin's kit from a workbench; here the files lie in the home's data/jobs");
    }

    @Override
    public void close() {}
}
