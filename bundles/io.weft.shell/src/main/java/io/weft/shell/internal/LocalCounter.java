package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.exchange.Office;
import java.io.IOException;
import java.nio.file.Path;

/** The server that runs in this process. */
final class LocalCounter implements Counter {

    private final Office office;

    LocalCounter(Office office) {
        this.office = office;
    }

    @Override
    public <A extends Message> A ask(Message.Desk request, Class<A> answer) throws IOException, InterruptedException {
        return answer.cast(office.answer(request, new Cancellation()));
    }

    @Override
    public void bring(String resource, Message.CarriedFile file, Path to) {
        throw new Refusal("fetch with an admin's kit from a workbench; here the files lie in the home's data/jobs");
    }

    @Override
    public void close() {}
}
