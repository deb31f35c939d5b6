package io.weft.exchange;

import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/** Answers, within its own process, what admins ask of a server from elsewhere. */
@ProviderType
public interface Administration {

    /**
     * Answers whoever has this machine.
     *
     * @throws io.weft.api.plugin.Refusal when it is refused
     */
    Message answer(Message.Admin request, Cancellation cancellation) throws IOException, InterruptedException;
}
