package io.weft.server.daemon.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.exchange.Service;
import java.io.IOException;
import java.util.function.Supplier;

/** What one admin's link may ask; who that is is looked at again with each request, because a certificate may be revoked meanwhile. */
final class AdminService implements Service {

    private final AdminRequests requests;
    private final Supplier<Requester> who;
    private final Link link;

    AdminService(AdminRequests requests, Supplier<Requester> who, Link link) {
        this.requests = requests;
        this.who = who;
        this.link = link;
    }

    @Override
    public Message answer(Message request, Cancellation cancellation) throws IOException, InterruptedException {
        if (request instanceof Message.Admin asked) {
            return requests.answer(who.get(), asked, AdminRequests.over(link, cancellation), cancellation);
        }
        throw new Refusal("a server does not answer " + request.getClass().getSimpleName() + " to an admin");
    }

    @Override
    public TensorReader open(String resource) throws IOException {
        return requests.open(who.get(), resource);
    }

    @Override
    public void notice(Message notice) {}

    @Override
    public void closed() {}
}
