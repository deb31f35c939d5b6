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

    private final FrontDesk desk;
    private final Supplier<Visitor> who;
    private final Link link;

    AdminService(FrontDesk desk, Supplier<Visitor> who, Link link) {
        this.desk = desk;
        this.who = who;
        this.link = link;
    }

    @Override
    public Message answer(Message request, Cancellation cancellation) throws IOException, InterruptedException {
        if (request instanceof Message.Desk asked) {
            return desk.answer(who.get(), asked, FrontDesk.over(link, cancellation), cancellation);
        }
        throw new Refusal("a server does not answer " + request + " to an admin");
    }

    @Override
    public TensorReader open(String resource) throws IOException {
        return desk.open(who.get(), resource);
    }

    @Override
    public void notice(Message notice) {}

    @Override
    public void closed() {}
}
