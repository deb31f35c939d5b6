package io.weft.shell.internal;

import org.osgi.framework.ServiceReference;
import org.osgi.service.component.ComponentServiceObjects;

/** Hands out one service and counts how often it was taken and given back. */
final class OneService<S> implements ComponentServiceObjects<S> {

    private final S service;
    private int held;
    private int taken;

    OneService(S service) {
        this.service = service;
    }

    @Override
    public S getService() {
        held++;
        taken++;
        return service;
    }

    @Override
    public void ungetService(S given) {
        held--;
    }

    @Override
    public ServiceReference<S> getServiceReference() {
        throw new UnsupportedOperationException();
    }

    int held() {
        return held;
    }

    int taken() {
        return taken;
    }
}
