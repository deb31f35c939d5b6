package io.weft.djl.internal;

import io.weft.djl.Libtorch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;

/** Publishes DJL's engine as a service whose first use loads libtorch, so that only who computes pays for it. */
public final class Activator implements BundleActivator {

    @Override
    public void start(BundleContext context) {
        // By name: the class itself must not be touched before the first use.
        context.registerService("ai.djl.engine.Engine", new LoadOnUse(context), null);
    }

    @Override
    public void stop(BundleContext context) {
        // libtorch cannot be unloaded; the framework withdraws the service.
    }

    private static int threads(BundleContext context) {
        String chosen = context.getProperty("weft.threads");
        return chosen == null ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(chosen);
    }

    private static final class LoadOnUse implements ServiceFactory<Object> {

        private final BundleContext context;

        LoadOnUse(BundleContext context) {
            this.context = context;
        }

        @Override
        public Object getService(Bundle user, ServiceRegistration<Object> registration) {
            String natives = context.getProperty("weft.natives");
            if (natives == null) {
                throw new IllegalStateException("the framework property weft.natives is not set");
            }
            try {
                return Libtorch.load(Path.of(natives), threads(context));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void ungetService(Bundle user, ServiceRegistration<Object> registration, Object service) {
            // Nothing to give back.
        }
    }
}
