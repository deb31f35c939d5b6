package io.weft.djl;

import ai.djl.engine.Engine;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.pytorch.jni.JniUtils;
import io.weft.djl.internal.Natives;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Loads libtorch and the tokenizers library, offline and without telemetry.
 *
 * <p>Inside a framework nobody calls this: the {@link Engine} service does, when it is first used.
 */
public final class Libtorch {

    /** Of this class loader: another one (a refreshed bundle, a second framework) loads anew. */
    private static Optional<Engine> loaded = Optional.empty();

    private Libtorch() {}

    /**
     * The engine of this class loader; the first call loads the libraries, which takes about a second.
     *
     * @param natives a folder with {@code pytorch/} and {@code tokenizers/}; the environment's {@code PYTORCH_LIBRARY_PATH} is
     *     used instead of the former where it is set
     * @param threads how many threads one operation uses, 1 or more; fixed for the life of the process, because results depend
     *     on it
     * @throws IOException when a library is missing, or another libtorch is already in this process
     */
    public static synchronized Engine load(Path natives, int threads) throws IOException {
        if (loaded.isEmpty()) {
            loaded = Optional.of(loadFirst(natives, threads));
        }
        return loaded.get();
    }

    private static Engine loadFirst(Path natives, int threads) throws IOException {
        // Before the class Engine is initialised: its first use asks the cloud's metadata service otherwise.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        setDefault("ai.djl.pytorch.num_threads", Integer.toString(threads));
        setDefault("ai.djl.pytorch.num_interop_threads", "1");
        try (Natives located = Natives.locate(natives)) {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            // DJL finds its engine provider and its property files through the context class loader.
            thread.setContextClassLoader(Libtorch.class.getClassLoader());
            try {
                located.announce();
                Engine engine = Engine.getEngine("PyTorch");
                LibUtils.checkStatus();
                JniUtils.setGradMode(false);
                return engine;
            } finally {
                thread.setContextClassLoader(before);
            }
        }
    }

    private static void setDefault(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }
}
